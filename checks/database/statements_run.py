"""Checks for locks, timeouts and a full pool, which block the statements of a worker that is ready."""

from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EXEC, OPERATOR_LOGIN, WORKER_LOGS
from diagnose.commands.postgres import identifier
from diagnose.domain.database.logins import admin_of, database_of, logins
from diagnose.domain.database.server_logs import database_state, require_inspection
from diagnose.domain.database.steps import admin_sql
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Finding
from diagnose.queries.database_state import DatabaseState, LockWait
from diagnose.text.sentences import truncate

LOCKED = Code(
    id="database.table-locked",
    meaning="A session holds a lock on a table in an open transaction, and statements of others wait for it "
    "indefinitely.",
    fix="Terminate the session that holds the lock, or let it finish.",
    stage=stages.DATABASE_LOCKS,
    transient=True,
)
BLOCKERS = (
    "select pid, pg_blocking_pids(pid), usename, application_name, state, now() - xact_start, left(query, 60) "
    "from pg_stat_activity where datname = current_database() order by xact_start"
)


def locked(ctx: Context, waits: list[LockWait]) -> Finding:
    """Yields the session that holds a lock, and the waiting statements."""
    first = waits[0]
    blocker = first.blocker
    table = f"table {first.relation}" if first.relation else "a row"
    many = f"{len(waits)} statements wait" if len(waits) > 1 else "A statement waits"
    seen = ctx.record_evidence(
        "pg_stat_activity, pg_locks", f"{table}: {blocker.description}, {blocker.state}, for {blocker.since_s} s"
    )
    end = f"SELECT pg_terminate_backend({blocker.pid})"
    return LOCKED.finding(
        f"{many} for a lock on {table}, which {blocker.description} holds ({blocker.state} for {blocker.since_s} s).",
        admin_sql(ctx, "List the waiting sessions and their blockers.", BLOCKERS),
        admin_sql(ctx, "End the session that holds the lock.", end, changes=f"session {blocker.pid}"),
        subjects=(f"table/{first.relation}", f"session/{blocker.pid}"),
        evidence=(seen,),
    )


CANCELLED = Code(
    id="database.statements-cancelled",
    meaning="PostgreSQL cancels statements of the worker, because they exceed a timeout.",
    fix="Find out why the statements are slow; raise the timeout of the role or database if it is too short.",
    transient=True,
)
POOL = Code(
    id="database.pool-exhausted",
    meaning="All connections of the worker's own pool are in use for longer than its statements wait for one: "
    "statements are slow, or transactions stay open.",
    fix="Find out why the worker's sessions take so long, or enlarge its pool.",
    transient=True,
)
LONG_S = 5
# A current timeout may have cancelled statements of a start some time ago; otherwise only recent lines count.
SET_S, LATELY_S = 900.0, 60.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields what waits now; else recent errors of statements in the log."""
    database_of(ctx)
    found = database_state(ctx)
    waits = [each for each in found.waits if (each.since_s or 0) >= LONG_S] if found else []
    if waits:
        yield locked(ctx, waits)
        return
    if found and found.error:
        ctx.record_problem(f"waiting statements could not be queried: {truncate(found.error, 120)}")
    has_matches = False
    for code in (CANCELLED, POOL):
        matches = [each for each in ctx.matches() if each.signature.code == code.id and _counts(ctx, each, found)]
        for each in findings(matches, ctx.names):
            has_matches = True
            yield (
                _cancelled(ctx, each, matches) if code is CANCELLED or found is None else _exhausted(ctx, each, found)
            )
    if found is None and not has_matches:
        require_inspection(ctx)


def _counts(ctx: Context, match: Match, found: DatabaseState | None) -> bool:
    """Whether a line is recent: a full pool with long transactions stays full."""
    age = ctx.age(match.last_at).total_seconds()
    if match.signature.code == POOL.id:
        return age <= LATELY_S and found is not None and bool(found.held)
    limited = any(login.statement_timeout != "0" or login.lock_timeout != "0" for _, login in logins(ctx, "admin"))
    return age <= (SET_S if limited else LATELY_S)


def _cancelled(ctx: Context, finding: Finding, matches: list[Match]) -> Finding:
    """Returns the finding about a timeout of the pods' logins."""
    admin = admin_of(ctx)
    kind = "lock_timeout" if any("lock timeout" in each.found for each in matches) else "statement_timeout"
    set_to = next((getattr(login, kind) for _, login in logins(ctx, "admin") if getattr(login, kind) != "0"), "")
    if not set_to:
        return finding
    seen = ctx.record_evidence(f"SHOW {kind}, as {admin.user}", set_to)
    reset = f"ALTER ROLE {identifier(admin.user)} RESET {kind}"
    step = admin_sql(ctx, "Take the timeout back, if it is the role's.", reset, changes=f"role {admin.user}")
    return replace(
        finding,
        summary=f"PostgreSQL cancels statements of {admin.user} after its {kind} of {set_to}, "
        "so schedules and activities fail.",
        evidence=(*finding.evidence[:3], seen),
        remediation=replace(finding.remediation, steps=(step, *finding.remediation.steps)),
    )


def _exhausted(ctx: Context, finding: Finding, found: DatabaseState) -> Finding:
    """Returns the finding about the full pool, with the pool's open transactions and PostgreSQL's free connections."""
    own = [each for each in found.held if each.user == admin_of(ctx).user]
    free = f"{found.slots.used} of {found.slots.limit} connections of PostgreSQL are used" if found.slots else ""
    longest = f"; {len(own)} of its transactions are open, one for {own[0].since_s} s" if own else ""
    seen = ctx.record_evidence("pg_stat_activity", f"{free}{longest}")
    summary = f"The worker's own pool of database connections is full{longest}, while PostgreSQL has free ones."
    return replace(finding, summary=summary, evidence=(*finding.evidence[:3], seen))


STATEMENTS_RUN = Check(
    id="database.statements-run",
    title="The worker's statements complete",
    stage=stages.DATABASE_STATEMENTS,
    run=run,
    codes=(LOCKED, CANCELLED, POOL),
    reads=(*EXEC, *WORKER_LOGS, *OPERATOR_LOGIN),
)
