"""Checks for locks, timeouts and a full pool, which block the statements of a worker that is ready."""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EXEC, OPERATOR_LOGIN, POOLER_BACKENDS, WORKER_LOGS
from diagnose.commands.postgres import identifier
from diagnose.domain.database.logins import admin_of, database_of, logins
from diagnose.domain.database.server_logs import (
    database_state,
    first_server,
    pooled_server,
    require_inspection,
    required_standbys,
)
from diagnose.domain.database.steps import admin_sql
from diagnose.logs.signatures import Match, findings
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.queries.database_state import DatabaseState, LockWait
from diagnose.target.pod_template import literal
from diagnose.text.patterns import lazy
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


COMMITS = Code(
    id="database.commits-wait",
    meaning="Sessions wait at their commit for a synchronous standby that does not confirm it, mostly as it is not "
    "connected. Reads work, writes hang or time out, and full pools and slow statements follow from that.",
    fix="Start the standby again, or do not require it in synchronous_standby_names.",
    stage=stages.DATABASE_LOCKS,
    transient=True,
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
    symptom=True,
    alternatives=(
        Alternative("Statements or commits of the sessions wait: list what they wait for.", "database.commits-wait"),
        Alternative("Transactions wait for a lock that another session holds.", "database.table-locked"),
        Alternative(
            "The pool is smaller than the work that runs at once: compare its size with the worker's slots.",
            "scaling.activities-exceed-pool",
        ),
    ),
    transient=True,
)
OTHER_LEVEL = (
    "Its transactions may commit without them (synchronous_commit local or off): list what its sessions wait for."
)
LONG_S = 5
SYNC = "SyncRep"
# What surrounds the names in the setting: FIRST 1 (a, b), ANY 2 (a, b), or a list alone.
_AROUND_NAMES = lazy(r"(?i)^\s*(?:(?:FIRST|ANY)\s+)?\d+\s*\(|\)\s*$")
_TIMED_OUT, LAST_LINES = lazy(r"(?i)\btime-?d? ?-?out\b|timeout"), 40
SESSIONS = (
    "select pid, usename, state, wait_event, now() - xact_start as open, left(query, 60) from pg_stat_activity "
    "where xact_start is not null order by xact_start"
)
WAITING = (
    "select pid, usename, application_name, wait_event_type, wait_event, now() - query_start from pg_stat_activity "
    "where wait_event = 'SyncRep'"
)
# A current timeout may have cancelled statements of a start some time ago; otherwise only recent lines count.
SET_S, LATELY_S = 900.0, 60.0


def run(ctx: Context) -> Iterator[Finding]:
    """Yields what waits now; else recent errors of statements in the log."""
    database_of(ctx)
    found = database_state(ctx)
    if commits := _commits_waiting(ctx, found):
        yield commits
        return
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


def _commits_waiting(ctx: Context, found: DatabaseState | None) -> Finding | None:
    """Returns the finding about commits that wait for a standby: by the database itself, else by the server's log."""
    if found and not found.error:
        stall = next((each for each in found.stalls if each.event == SYNC), None)
        if stall is None:
            return None
        required, connected = (found.standbys.required, found.standbys.connected) if found.standbys else ("", ())
        who = "1 session waits" if stall.sessions == 1 else f"{stall.sessions} sessions wait"
        text = f"{who} for the event {SYNC}, up to {stall.since_s} s; {required or 'unknown'} is required"
        seen = ctx.record_evidence("pg_stat_activity", f"{text}; connected: {', '.join(connected) or 'none'}")
        absent = _absent(required, connected)
        summary = f"{who} at the commit, up to {stall.since_s} s, for the synchronous standby {absent}."
        return _of_commits(ctx, summary, seen)
    if not _times_out(ctx):
        return None
    server = first_server(ctx)
    server = pooled_server(ctx, server) or server
    line = required_standbys(server)
    if server is None or line is None:
        return None
    names = line["names"]
    summary = f"PostgreSQL lets each commit wait for the standby {names}, none of which has connected since."
    return _of_commits(ctx, summary, server.record_evidence(ctx, line.string), OTHER_LEVEL)


def _times_out(ctx: Context) -> bool:
    """Whether the last lines of a pod that is not ready have a statement, or anything else, that took too long."""
    logs = ctx.detail(ctx.logs) or ()
    return any(_TIMED_OUT.search(line.text) for log in logs if not log.ready for line in log.text.lines[-LAST_LINES:])


def _absent(required: str, connected: tuple[str, ...]) -> str:
    """Returns the required standbys that are not connected as text, or all, where they are."""
    names = [each.strip().strip('"') for each in _AROUND_NAMES.sub("", required).split(",")]
    if "" in connected or not required:
        return f"{required} to confirm it".strip()
    absent = [each for each in names if each not in connected]
    if "*" in names:
        return "to confirm it, and none is connected" if not connected else "to confirm it"
    return f"{', '.join(absent)}, which is not connected" if absent else f"{', '.join(names)} to confirm it"


def _of_commits(ctx: Context, summary: str, seen: Evidence, *alternatives: str) -> Finding:
    return COMMITS.finding(
        summary,
        admin_sql(
            ctx,
            "Start the standby again. Without it, require none, which leaves commits on this server alone.",
            "ALTER SYSTEM RESET synchronous_standby_names",
            changes="PostgreSQL's configuration",
        ),
        admin_sql(ctx, "Then load that.", "SELECT pg_reload_conf()", changes="PostgreSQL's configuration"),
        admin_sql(ctx, "List the sessions that wait for it.", WAITING),
        subjects=(f"database/{database_of(ctx).name}", "parameter/synchronous_standby_names"),
        evidence=(seen,),
        alternatives=alternatives,
    )


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
    events = f"; they wait for {found.stalls[0].event}" if found.stalls else ""
    free = f"{found.slots.used} of {found.slots.limit} connections of PostgreSQL are used" if found.slots else ""
    longest = f"; {len(own)} of its transactions are open, one for {own[0].since_s} s" if own else ""
    seen = ctx.record_evidence("pg_stat_activity", f"{free}{longest}{events}")
    summary = f"The worker's own pool of database connections is full{longest}, while PostgreSQL has free ones."
    sessions = admin_sql(ctx, "List what its sessions run, and what they wait for.", SESSIONS)
    remediation = replace(finding.remediation, steps=(sessions, *_larger_pool(ctx)))
    return replace(finding, summary=summary, evidence=(*finding.evidence[:3], seen), remediation=remediation)


def _larger_pool(ctx: Context) -> Iterator[Step]:
    """Yields the step that doubles the pool of the admin login, where its variable is known."""
    pool = next((each for each in reversed(ctx.target.profile.pools) if each.variable), None)
    if pool is None:
        return
    text = literal(ctx.target.container, pool.variable)
    size = int(text) if text.isdigit() else pool.default
    change = ctx.owner.set_env(f"{pool.variable}={2 * size}", container=ctx.target.container.name)
    enlarge = f"If they run and wait for nothing, double the pool ({pool.variable} is {size})."
    yield Step(enlarge, change, changes=ctx.deployment)


STATEMENTS_RUN = Check(
    id="database.statements-run",
    title="The worker's statements complete",
    stage=stages.DATABASE_STATEMENTS,
    run=run,
    codes=(LOCKED, COMMITS, CANCELLED, POOL),
    reads=(*EXEC, *WORKER_LOGS, *POOLER_BACKENDS, *OPERATOR_LOGIN),
)
