"""Checks that the worker can write; a standby or read-only database also answers `SELECT 1`."""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EXEC, POOLER_BACKENDS, WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.commands.postgres import identifier, literal, psql
from diagnose.domain.database.logins import (
    database_of,
    logins,
    no_login_reason,
    refusals,
    require_credentials,
    server_name,
)
from diagnose.domain.database.server_logs import first_server, pooled_server
from diagnose.model.report import Confidence, Finding, Step, Vantage
from diagnose.queries.exec_survey.survey import Login
from diagnose.resources import Pod
from diagnose.target.facts import DatabaseFacts

READ_ONLY = Code(
    id="database.read-only",
    meaning="The worker's transactions are read-only: it is connected to a standby, or the database or role "
    "has default_transaction_read_only.",
    fix="Connect the worker to the primary, or reset default_transaction_read_only.",
    transient=True,
    means="writes fail",
)
DISK_FULL = "database.disk-full"
LARGER = {"spec": {"resources": {"requests": {"storage": "RIGHT_SIZE"}}}}
LATELY_S = 90.0
STALE = "New logins can write: the pooler may still have connections to a server that has become a standby."
FROM_LOGS = (
    Code(
        id=DISK_FULL,
        meaning="The volume of the database has no space left: reads work, writes fail.",
        fix="Enlarge the volume, or free space.",
        means="writes fail",
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the transactions of accepted logins, and by recent errors of writes in logs."""
    database_of(ctx)
    accepted = [(pod, login) for pod, login in logins(ctx, "server") if login.accepted]
    bound = [(pod, login) for pod, login in accepted if login.read_only or login.standby]
    if bound:
        yield _read_only(ctx, bound, everywhere=len(bound) == len(accepted))
        return
    lately = any(not match.log.ready or ctx.age(match.last_at).total_seconds() < LATELY_S for match in ctx.matches())
    reported = tuple(_with_volumes(ctx, each) for each in ctx.signature_findings()) if lately else ()
    for each in reported:
        stale = bool(accepted) and each.code == READ_ONLY.id
        yield replace(each, confidence=Confidence.LIKELY, alternatives=(STALE,)) if stale else each
    if not reported and not accepted:
        if refusals(ctx, "server"):
            raise NotApplicableError("the login is refused")
        require_credentials(ctx, "server")
        ctx.record_problem(no_login_reason(database_of(ctx)))


def _with_volumes(ctx: Context, finding: Finding) -> Finding:
    """Returns the finding with the claims of a full server, and the step that shows which volume it is."""
    server = None
    if finding.code == DISK_FULL:
        server = pooled_server(ctx, first_server(ctx)) or first_server(ctx)
    if server is None:
        return finding
    pods = ctx.detail(lambda: ctx.list(Pod, server.namespace)) or ()
    volumes = [volume for pod in pods if pod.name == server.pod for volume in pod.spec.volumes]
    claims = [each.persistent_volume_claim.claim_name for each in volumes if each.persistent_volume_claim]
    show = Step("See which volume is full.", kubectl.run_in(server.pod, "df", "-h", namespace=server.namespace))
    enlarge = (
        Step(
            f"If it is the one of claim {name}, enlarge that; its StorageClass must allow it.",
            kubectl.patch("persistentvolumeclaim", name, LARGER, namespace=server.namespace),
            changes=f"persistentvolumeclaim {server.namespace}/{name}",
        )
        for name in claims
    )
    steps = (show, *enlarge, *finding.remediation.steps)
    summary = finding.summary.replace("The volume of PostgreSQL", f"A volume of PostgreSQL in pod {server.pod}", 1)
    return replace(finding, summary=summary, remediation=replace(finding.remediation, steps=steps))


def _read_only(ctx: Context, bound: list[tuple[str, Login]], *, everywhere: bool) -> Finding:
    database = database_of(ctx)
    standby = any(login.standby for _, login in bound)
    why = "a standby (pg_is_in_recovery)" if standby else "read-only (default_transaction_read_only)"
    seen = ctx.record_evidence(
        f"login from pod {bound[0][0]}", f"pg_is_in_recovery {standby}, transaction_read_only on", Vantage.POD
    )
    login = (database.host, database.port, database.administered.user)
    setting = Step(
        f"Reset the setting of the database{' and of the role' if database.user else ''}, whichever has it, and end "
        "their sessions, which keep it.",
        psql(*login, "postgres", _reset(database)),
        changes=f"database {database.name} and its sessions",
    )
    pooled = Step(
        "Reconnect the pooler, because existing connections keep the setting.",
        psql(*login, "pgbouncer", "RECONNECT"),
        changes="PgBouncer's connections",
    )
    command = kubectl.get("services,endpointslices", namespace=ctx.target.namespace, output="wide")
    primary = Step("List the endpoints of the Service.", command)
    anew = (pooled,) if server_name(database) == "PgBouncer" else ()
    return READ_ONLY.finding(
        f"The database {database.name} at {database.host} is {why}, so every write of the worker fails.",
        *((primary, *anew) if standby else (setting, primary)),
        subjects=(f"database/{database.name}",),
        pods=() if everywhere else tuple(pod for pod, _ in bound),
        evidence=(seen,),
    )


def _reset(database: DatabaseFacts) -> str:
    """Returns the statements that take the setting from a database and a role; a pool's sessions would keep it."""
    name = identifier(database.name)
    holders, own = [f"DATABASE {name}"], f"datname = {literal(database.name)}"
    if database.user:
        role = identifier(database.user)
        holders += [f"ROLE {role}", f"ROLE {role} IN DATABASE {name}"]
        own += f" AND usename = {literal(database.user)}"
    reset = (f"ALTER {each} RESET default_transaction_read_only" for each in holders)
    return "; ".join((*reset, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own}"))


WRITABLE = Check(
    id="database.writable",
    title="The worker's database accepts writes",
    stage=stages.DATABASE_ACCESS,
    run=run,
    codes=(READ_ONLY, *FROM_LOGS),
    occasions=PREREQUISITES,
    reads=(*EXEC, *WORKER_LOGS, *POOLER_BACKENDS),
)
