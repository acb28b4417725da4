"""Have the migrations run? By the Job that runs them, by knex's lock, and by the files that the image holds.

A Job fails, cannot begin, or keeps the worker waiting; a run that dies leaves the lock behind; an image that was rolled
out before them holds files that the database has not had.
"""

from collections.abc import Iterator

from checks.migration_files import AHEAD, PENDING, compared
from checks.migration_runs import FAILED, NOT_BEGUN, WAITED_FOR, failed, not_begun, waited_for
from diagnose.check.api import PREREQUISITES, Check, Code, Context, Occasion
from diagnose.check.reads import BY_OPERATOR, INSIDE, MIGRATIONS
from diagnose.domain.database.logins import database_of
from diagnose.domain.database.migrations import Run, is_of_now, latest_run, question, waiting_pods
from diagnose.domain.database.server_logs import database_look, why_not_looked
from diagnose.domain.database.steps import admin_sql
from diagnose.model.report import Evidence, Finding
from diagnose.queries.query import CannotLookError
from diagnose.text.sentences import cut

LOCKED = Code(
    id="database.migration-locked",
    meaning="The lock of knex's migrations is held and no run is there that could hold it: one that died left it "
    "behind, and every further run fails.",
    fix="Release the lock when it is sure that no migration runs, then run the migrations.",
    explained_by=(),
    heals=True,
)
LOCK = "knex_migrations_lock"
HELD = "Migration table is already locked"


def ask(ctx: Context) -> Iterator[Finding]:
    """A run that does not work, a lock that nobody holds, or files that wait for their run."""
    database_of(ctx)
    run, waiting = latest_run(ctx), waiting_pods(ctx)
    idle = (run and run.running and not_begun(ctx, run, waiting)) or waited_for(ctx, run, waiting)
    if idle:
        yield idle
    if run and run.running:
        if not idle:
            _under_way(ctx, run)
        return
    late = run if run and run.failed and is_of_now(ctx, run) and not ctx.target.ahead else None
    text, seen = _said(ctx, late) if late else ("", None)
    found = database_look(ctx)
    held = found is not None and found.migrations is not None and found.migrations.locked > 0
    if held and found and found.busy and not late:
        # A run from elsewhere works in a transaction of its own.
        ctx.could_not(f"{LOCK} is held while {found.busy} sessions work: a migration may run")
    elif held or HELD in text:
        yield _locked(ctx, late, seen)
    elif late:
        yield failed(ctx, late, text, seen, waiting)
    elif found is None:
        why_not_looked(ctx)
        return
    if behind := compared(ctx):
        yield behind


def _under_way(ctx: Context, run: Run) -> None:
    """Say that a run has not ended: before a deploy that leaves open what it will find."""
    told = f"a run of migrations is under way: job {run.name}"
    if ctx.occasion is Occasion.BEFORE_DEPLOY:
        ctx.could_not(told)
    ctx.note(told)


def _said(ctx: Context, run: Run) -> tuple[str, Evidence | None]:
    """The log of a run that failed."""
    asked = question(ctx, run)
    if asked is None:
        return "", None
    try:
        text = "\n".join(line.text for line in ctx.ask(asked).lines)
    except CannotLookError as error:
        ctx.could_not(f"log of the run of migrations: {error}")
        return "", None
    told = next((line for line in text.splitlines() if "igration" in line or "rror" in line), text[-200:])
    return text, ctx.saw(f"log of job {run.name}, {run.container}", cut(told, 300), command=asked.command)


def _locked(ctx: Context, run: Run | None, seen: Evidence | None) -> Finding:
    ctx.saw(LOCK, "is_locked = 1, and no session works on the database")
    release = f"UPDATE {LOCK} SET is_locked = 0"
    who = f", so job {run.name} failed" if run else ", so the next one fails"
    return LOCKED.finding(
        f"The lock of migrations ({LOCK}) in database {database_of(ctx).name} is held and no run is there{who}.",
        subjects=(f"table/{LOCK}", *((f"job/{run.name}",) if run else ())),
        evidence=(seen,) if seen else (),
        steps=(
            admin_sql(ctx, "See that no migration runs.", "select pid, state, query from pg_stat_activity"),
            admin_sql(ctx, "Release the lock, as `knex migrate:unlock` does.", release, changes=f"table {LOCK}"),
        ),
    )


MIGRATIONS_APPLIED = Check(
    id="database.migrations-applied",
    title="The migrations have run, and none is locked out",
    ask=ask,
    codes=(LOCKED, FAILED, NOT_BEGUN, WAITED_FOR, PENDING, AHEAD),
    explained_by=(
        "network.dns-answers",
        "database.name-resolves",
        "database.port-reachable",
        "database.answers",
        "database.login-accepted",
        "database.admin-login-accepted",
        "database.statements-run",
        "database.writable",
    ),
    occasions=(*PREREQUISITES, Occasion.AUDIT),
    reads=(*INSIDE, *MIGRATIONS, *BY_OPERATOR),
)
