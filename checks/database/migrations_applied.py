"""Have the migrations run? By the last Job that ran them, and by knex's lock, which a run that dies leaves behind."""

import re
from collections.abc import Iterator

from checks.login_steps import admin_sql
from diagnose.check import PREREQUISITES, Check, Code, Context
from diagnose.logins import database_of
from diagnose.migrations import Run, is_of_now, latest_run, question
from diagnose.model import Evidence, Finding, Step
from diagnose.probes.question import CannotLookError
from diagnose.server_words import database_look, why_not_looked

LOCKED = Code(
    id="database.migration-locked",
    meaning="The lock of knex's migrations is held and no run is there that could hold it: one that died left it "
    "behind, and every further run fails.",
    fix="Release the lock when it is sure that no migration runs, then run the migrations.",
    explained_by=(),
)
FAILED = Code(
    id="database.migration-failed",
    meaning="The last run of migrations ended with an error, so the database's schema is not what the image expects.",
    fix="Mend what the run's log names, and run it again.",
)
LOCK = "knex_migrations_lock"
HELD = "Migration table is already locked"
GONE = re.compile(r"migration directory is corrupt, the following files are missing: (?P<files>\S[^\n]*)")
_FILE = re.compile(r"migration file \"(?P<file>[^\"]+)\" failed")
_ERROR = re.compile(r"(?:migration failed with error: |[Ee]rror: )(?P<text>[^\n]+)")


def ask(ctx: Context) -> Iterator[Finding]:
    """A lock that nobody holds, or a run that failed."""
    database_of(ctx)
    run = latest_run(ctx)
    if run and run.running:
        ctx.note(f"a run of migrations is under way: pod {run.pod.name}")
        return
    failed = run if run and run.failed and is_of_now(ctx, run) and not ctx.target.ahead else None
    text, seen = _said(ctx, failed) if failed else ("", None)
    found = database_look(ctx)
    held = found is not None and found.migrations is not None and found.migrations.locked > 0
    if held and found and found.busy and not failed:
        # A run from elsewhere works in a transaction of its own.
        ctx.could_not(f"{LOCK} is held while {found.busy} sessions work: a migration may run")
    elif held or HELD in text:
        yield _locked(ctx, failed, seen)
    elif failed:
        yield _failed(ctx, failed, text, seen)
    elif found is None:
        why_not_looked(ctx)


def _said(ctx: Context, run: Run) -> tuple[str, Evidence | None]:
    """The log of a run that failed."""
    asked = question(ctx, run)
    try:
        text = "\n".join(line.text for line in ctx.ask(asked).lines)
    except CannotLookError as error:
        ctx.could_not(f"log of the run of migrations: {error}")
        return "", None
    told = next((line for line in text.splitlines() if "igration" in line or "rror" in line), text[-200:])
    return text, ctx.saw(f"pod {run.pod.name}, {run.container}", told[:300], command=asked.command)


def _locked(ctx: Context, run: Run | None, seen: Evidence | None) -> Finding:
    ctx.saw(LOCK, "is_locked = 1, and no session works on the database")
    release = f"UPDATE {LOCK} SET is_locked = 0"
    who = f", so job {run.job} failed" if run else ", so the next one fails"
    return LOCKED.finding(
        f"The lock of migrations ({LOCK}) in database {database_of(ctx).name} is held and no run is there{who}.",
        subjects=(f"table/{LOCK}", *((f"job/{run.job}",) if run else ())),
        evidence=(seen,) if seen else (),
        steps=(
            admin_sql(ctx, "See that no migration runs.", "select pid, state, query from pg_stat_activity"),
            admin_sql(ctx, "Release the lock, as `knex migrate:unlock` does.", release, changes=f"table {LOCK}"),
        ),
    )


def _failed(ctx: Context, run: Run, text: str, seen: Evidence | None) -> Finding:
    gone, file, error = GONE.search(text), _FILE.search(text), _ERROR.search(text)
    if gone:
        summary = f"Job {run.job} failed: the image lacks migrations that the database has ({gone['files'][:80]})."
    elif file:
        why = f" ({error['text'][:60]})" if error else ""
        summary = f"Job {run.job} failed at migration {file['file']}{why}."
    else:
        lines = [line for line in text.splitlines() if line.strip()]
        summary = f"Job {run.job}, the last run of migrations, failed ({(lines or ['no log'])[-1][:80]})."
    command = question(ctx, run).command
    return FAILED.finding(
        summary,
        subjects=(f"job/{run.job}",),
        evidence=(seen,) if seen else (),
        steps=(
            Step(text="Read the run's log.", command=f"{command} --tail=40"),
            admin_sql(ctx, "See which migrations are applied.", "select name from knex_migrations order by id desc"),
        ),
    )


MIGRATIONS_APPLIED = Check(
    id="database.migrations-applied",
    title="The last run of migrations succeeded, and none is locked out",
    ask=ask,
    codes=(LOCKED, FAILED),
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
    occasions=PREREQUISITES,
)
