"""Does PostgreSQL accept the admin login? Nothing tests it at the start, and the log blames Temporal for it.

`setupSchedules` and most activities use it; a pod whose admin login fails is Ready and looks healthy.
"""

from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.logins import joined, logins, password_steps, refused
from diagnose.model import Finding
from diagnose.probes.postgres_refusals import Refusal

REJECTED = Code(
    id="database.admin-login-rejected",
    meaning="The admin role cannot log in, so schedules are not set up and activities fail, while the pod is Ready.",
    fix="Align the admin password in the Secret with the role's, then restart the worker.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """The admin login from running pods, and the misleading line in the log of others."""
    database = ctx.target.database
    if database is None:
        raise NotApplicableError("the environment names no database host")
    groups = {each.refusal: each for each in refused(ctx, "admin")}
    steps = password_steps(ctx, "DB_PASSWORD_ADMIN")
    told = tuple(replace(each, remediation=replace(each.remediation, steps=steps)) for each in ctx.signature_findings())
    rejected = groups.get(Refusal.REJECTED) or groups.get(Refusal.NO_PASSWORD)
    if rejected and not told:
        yield REJECTED.finding(
            f"The admin login of {database.admin_user} at {database.admin_host} "
            "is refused, so schedules and activities fail.",
            subjects=(f"role/{database.admin_user}",),
            pods=rejected.pods,
            evidence=rejected.evidence,
            steps=steps,
        )
    yield from joined(told, rejected)
    if not told and not groups and not logins(ctx, "admin"):
        ctx.could_not("no running pod of the worker could try the admin login")


ADMIN_LOGIN_ACCEPTED = Check(
    id="database.admin-login-accepted",
    title="PostgreSQL accepts the admin login",
    ask=ask,
    codes=(REJECTED,),
    requires=("database.port-reachable",),
    explained_by=("network.dns-answers", "database.port-reachable", "database.answers"),
)
