"""Checks that PostgreSQL accepts the admin login.

The start does not test it, and the log reports it as an error of Temporal. `setupSchedules` and most activities use
it; a pod whose admin login fails is Ready and seems healthy.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.domain.database.logins import (
    RefusedLogin,
    admin_of,
    database_of,
    logins,
    password_steps,
    refusals,
    server_name,
)
from diagnose.domain.database.steps import inspection_steps
from diagnose.model.report import Finding
from diagnose.queries.postgres_errors import LoginFailure
from diagnose.text.sentences import truncate

REJECTED = Code(
    id="database.admin-login-rejected",
    meaning="The admin role cannot log in, so schedules are not created and activities fail, while the pod is "
    "Ready. The worker's log reports a failed connection to Temporal.",
    fix="Align the admin password in the Secret with the role's, then restart the worker.",
)
FAILED = Code(
    id="database.admin-login-failed",
    meaning="The admin login fails with another error than a rejected password, so schedules and activities fail.",
    fix="Read the error of the server or the pooler.",
    stage=stages.DATABASE_ACCESS,
)
REFUSED = {LoginFailure.REJECTED, LoginFailure.POOLER_REJECTED, LoginFailure.NO_PASSWORD}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the admin logins of running pods, and by the misleading line in the logs of others."""
    admin = admin_of(ctx)
    groups = refusals(ctx, "admin")
    # The check of the worker's own login reports errors of both.
    shared = set(refusals(ctx, "server")) - REFUSED
    for group in groups.values():
        if group.refusal in REFUSED:
            yield _finding(ctx, REJECTED, group)
        elif group.refusal is LoginFailure.NETWORK:
            ctx.record_problem(f"admin login from pod {group.pods[0]}: {group.text}")
        elif group.refusal not in shared:
            yield _finding(ctx, FAILED, group)
    if not groups and not logins(ctx, "admin"):
        ctx.record_problem(f"no pod with the template's credentials could try the admin login of {admin.user}")


def _finding(ctx: Context, code: Code, group: RefusedLogin) -> Finding:
    admin = admin_of(ctx)
    by, end = server_name(database_of(ctx), group.evidence), f"{admin.host}:{admin.port}"
    summary = f"{by} at {end} refuses the admin login of {admin.user}, so schedules are not created"
    if code is FAILED:
        summary = f"The admin login of {admin.user} at {end} fails ({truncate(group.text, 60)})"
    return code.finding(
        f"{summary}; Temporal is not the cause.",
        *(inspection_steps(ctx) if code is FAILED else password_steps(ctx, admin.variables.password)),
        subjects=(f"role/{admin.user}",),
        pods=group.pods,
        evidence=group.evidence[:4],
    )


ADMIN_LOGIN_ACCEPTED = Check(
    id="database.admin-login-accepted",
    title="PostgreSQL accepts the admin login",
    stage=stages.DATABASE_LOGIN,
    run=run,
    codes=(REJECTED, FAILED),
    reads=(*EXEC, *WORKER_LOGS),
)
