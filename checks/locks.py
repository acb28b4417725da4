"""Statements that wait for a lock, in words."""

from diagnose.check.api import Code, Context
from diagnose.domain.database.steps import admin_sql
from diagnose.model.report import Finding
from diagnose.queries.database_state import Wait

LOCKED = Code(
    id="database.table-locked",
    meaning="A session holds a lock on a table in a transaction that it leaves open, and statements of others wait "
    "for it without an end.",
    fix="End the session that holds the lock, or let it finish.",
    explained_by=(),
    heals=True,
)
BLOCKERS = (
    "select pid, pg_blocking_pids(pid), usename, application_name, state, now() - xact_start, left(query, 60) "
    "from pg_stat_activity where datname = current_database() order by xact_start"
)


def locked(ctx: Context, waits: list[Wait]) -> Finding:
    """The session that holds a lock, and what waits for it."""
    first = waits[0]
    blocker = first.blocker
    table = f"table {first.relation}" if first.relation else "a row"
    many = f"{len(waits)} statements wait" if len(waits) > 1 else "A statement waits"
    seen = ctx.saw("pg_stat_activity, pg_locks", f"{table}: {blocker.told}, {blocker.state}, for {blocker.since_s} s")
    end = f"SELECT pg_terminate_backend({blocker.pid})"
    return LOCKED.finding(
        f"{many} for a lock on {table}, which {blocker.told} holds ({blocker.state} for {blocker.since_s} s).",
        subjects=(f"table/{first.relation}", f"session/{blocker.pid}"),
        evidence=(seen,),
        steps=(
            admin_sql(ctx, "See what waits for whom.", BLOCKERS),
            admin_sql(ctx, "End the session that holds the lock.", end, changes=f"session {blocker.pid}"),
        ),
    )
