"""Checks that PostgreSQL accepts the worker's login, tried inside running pods.

For a crashed worker its log is the evidence. An old pod may have an older password than a new one, so each pod counts
only for itself. Where the server of a pooler is down, the login hangs and the worker waits without a log line.
"""

from collections.abc import Iterator

from checks.database.login_accepted.codes import CODES
from checks.database.login_accepted.findings import finding
from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Context, NotApplicableError
from diagnose.check.reads import EXEC, OPERATOR_LOGIN, POOLER_BACKENDS, WORKER_LOGS
from diagnose.domain.database.logins import (
    RefusedLogin,
    database_of,
    logins,
    no_login_reason,
    refusals,
    require_credentials,
)
from diagnose.domain.database.server_logs import first_server, server_refusal
from diagnose.domain.kubernetes.pods import progress_of, runs_for_s, worker_log
from diagnose.model.report import Finding
from diagnose.queries.postgres_errors import POOLER, LoginFailure, refusal_of
from diagnose.text.sentences import truncate

PATIENCE_S = 20.0
STEP = "database"
# The error that only the first client of a pooler gets: others wait, or get a general error.
SERVER_FAILURES = (
    LoginFailure.POOLER_REJECTED,
    LoginFailure.NOT_PERMITTED,
    LoginFailure.STARTING,
    LoginFailure.FULL,
    LoginFailure.NO_DATABASE,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields one finding for each meaning of a failed login."""
    database = database_of(ctx)
    groups = refusals(ctx, "server")
    tried = logins(ctx, "server")
    waiting = _waiting(ctx)
    if LoginFailure.BACKEND not in groups and waiting:
        groups[LoginFailure.BACKEND] = waiting
    groups = _resolved(ctx, groups)
    for group in groups.values():
        if group.refusal is LoginFailure.NETWORK:
            ctx.record_problem(f"login from pod {group.pods[0]}: {group.text}")
        elif group.refusal is not LoginFailure.NO_DATABASE:
            yield finding(ctx, group)
    if not groups and not tried:
        require_credentials(ctx, "server")
        ctx.record_problem(no_login_reason(database))
    if set(groups) == {LoginFailure.NO_DATABASE} and not any(login.accepted for _, login in tried):
        raise NotApplicableError(f"the database {database.name} is refused, which proves nothing about the password")


def _resolved(ctx: Context, groups: dict[LoginFailure, RefusedLogin]) -> dict[LoginFailure, RefusedLogin]:
    """Adds logins that hang at a pooler to the group with the reason in another pod's error or in the pooler's log."""
    hanging = groups.get(LoginFailure.BACKEND)
    if hanging is None:
        return groups
    others = dict(groups)
    del others[LoginFailure.BACKEND]
    reported = next((refusal for refusal in SERVER_FAILURES if refusal in others), None)
    if reported:
        return {**others, reported: others[reported].with_also(hanging)}
    pooler = first_server(ctx)
    text = server_refusal(pooler)
    if pooler is None or not text:
        return groups
    meaning = refusal_of(POOLER, text)
    if meaning not in SERVER_FAILURES:
        return groups
    evidence = (pooler.record_evidence(ctx, f"server login failed: {text}"), *hanging.evidence)
    return {**others, meaning: RefusedLogin(refusal=meaning, pods=hanging.pods, text=text, evidence=evidence)}


def _waiting(ctx: Context) -> RefusedLogin | None:
    """Returns workers whose start hangs at the database, waiting for the answer to their login."""
    pods, seen = [], []
    for pod in ctx.target.pods:
        log, since = worker_log(ctx, pod), runs_for_s(ctx, pod)
        reached = progress_of(ctx, log).next if log and not pod.ready else None
        if log and since and since > PATIENCE_S and reached and reached.id == STEP:
            last = next((line.text for line in reversed(log.text.lines) if line.text.strip()), "the log is empty")
            pods.append(pod.name)
            problem = f"{truncate(last, 160)} (since {since:.0f} s)"
            seen.append(ctx.record_evidence(f"pod {pod.name}, {log.container}", problem, command=log.command))
    if not pods:
        return None
    text = "the start hangs there"
    return RefusedLogin(refusal=LoginFailure.BACKEND, pods=tuple(pods), text=text, evidence=tuple(seen))


LOGIN_ACCEPTED = Check(
    id="database.login-accepted",
    title="PostgreSQL accepts the worker's login",
    stage=stages.DATABASE_LOGIN,
    run=run,
    codes=CODES,
    occasions=PREREQUISITES,
    reads=(*EXEC, *WORKER_LOGS, *POOLER_BACKENDS, *OPERATOR_LOGIN),
)
