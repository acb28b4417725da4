"""Checks that the migrations have run, by their Job, knex's lock, and the files of the image.

A Job may fail, not start, or keep the worker waiting; a run that is killed leaves the lock; an image may have files
that are not applied.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from checks.database.migrations_applied.runs import (
    MigrationRun,
    is_current,
    latest_run,
    log_query,
    waiting_pods,
)
from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, Occasion, events_of
from diagnose.check.reads import EXEC, MIGRATION_RUNS, OPERATOR_LOGIN
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.commands.owner import Owner
from diagnose.domain.database.logins import database_of
from diagnose.domain.database.server_logs import current_migrations, database_state, require_inspection
from diagnose.domain.database.steps import admin_sql
from diagnose.domain.kubernetes.jobs import run_again
from diagnose.domain.kubernetes.pods import CREATE_REASONS, PULL_REASONS, subjects
from diagnose.model.report import Evidence, Finding, Severity, Step
from diagnose.resources import Container, Pod, image_reference
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

FAILED = Code(
    id="database.migration-failed",
    meaning="The last migration run failed, so the database's schema is not what the image expects.",
    fix="Fix the error in the run's log, and run it again.",
)
NOT_BEGUN = Code(
    id="database.migration-not-begun",
    meaning="The Job of the migrations has no working pod: it is suspended, or its pod is refused, Pending or "
    "cannot start. The schema does not change, and anything that waits for the Job waits indefinitely.",
    fix="Fix what prevents the Job's pod from running.",
)
WAITED_FOR = Code(
    id="database.migration-waited-for",
    meaning="Pods of the worker wait in an init container for migrations that take too long, or that were not started.",
    fix="Start the migrations, or find out what they wait for.",
    transient=True,
)
GONE = lazy(r"migration directory is corrupt, the following files are missing: (?P<files>\S[^\n]*)")
_FILE = lazy(r"migration file \"(?P<file>[^\"]+)\" failed")
_ERROR = lazy(r"(?:migration failed with error: |[Ee]rror: )(?P<text>[^\n]+)")


def failed(
    ctx: Context, run: MigrationRun, text: str, seen: Evidence | None, waiting: tuple[tuple[Pod, str], ...]
) -> Finding:
    """Returns the finding about a failed run, by the last lines of its log, else by its Job."""
    gone, file, error = GONE.search(text), _FILE.search(text), _ERROR.search(text)
    if gone:
        files = truncate(gone["files"], 80)
        summary = f"Job {run.name} failed: the image lacks migrations that the database has ({files})."
    elif file:
        why = f" ({truncate(error['text'], 60)})" if error else ""
        summary = f"Job {run.name} failed at migration {file['file']}{why}."
    else:
        lines = [one_line(line) for line in text.splitlines() if line.strip()]
        reported = truncate(lines[-1], 80) if lines else _given_up(ctx, run)
        summary = f"Job {run.name}, the last migration run, failed ({reported})."
    describe = kubectl.describe("job", run.name, namespace=ctx.target.namespace)
    container, code = _container(run), FAILED
    if gone:
        instead = f", instead of {container.image}" if container else ""
        code = replace(FAILED, fix=f"Run job {run.name} again with an image that has these files{instead}.")
    return code.finding(
        summary,
        *(_with_image(ctx, run, container) if gone else ()),
        Step("Read its log.", _log_command(ctx, run, describe)),
        *_again(ctx, run, "Run it again, once the error is fixed."),
        admin_sql(ctx, "List the applied migrations.", "select name from knex_migrations order by id desc"),
        pods=tuple(pod.name for pod, _ in waiting),
        subjects=(f"job/{run.name}",),
        evidence=(seen,) if seen else (),
    )


def _log_command(ctx: Context, run: MigrationRun | None, otherwise: Command) -> Command:
    """Returns the command that prints the log of a run; the other one where there is no log."""
    queried = log_query(ctx, run) if run else None
    return queried.command.add("--tail=40") if queried else otherwise


def _again(ctx: Context, run: MigrationRun, text: str) -> tuple[Step, ...]:
    """Returns the step that creates the Job of a run again; none where it is gone."""
    return (run_again(run.job, ctx.target.namespace, text),) if run.job else ()


def _container(run: MigrationRun) -> Container | None:
    """Returns the container that runs the migrations."""
    containers = run.spec.containers if run.spec else ()
    return next((each for each in containers if each.name == run.container), next(iter(containers), None))


def _with_image(ctx: Context, run: MigrationRun, container: Container | None) -> tuple[Step, ...]:
    """Returns the step that runs a Job again with the worker's image, where that is another of the same repository."""
    if container is None:
        return ()
    namespace, owner = ctx.target.namespace, Owner("Job", run.name, ctx.target.namespace)
    worker = ctx.target.container.image
    is_same = image_reference.parse(worker).repository == image_reference.parse(container.image).repository
    if not is_same or worker == container.image:
        return ()
    image = owner.set_image(f"{container.name}={worker}")
    command = kubectl.recreate_with("job", run.name, image, namespace=namespace)
    return (Step("Run it again with the image of the worker.", command, changes=f"job {namespace}/{run.name}"),)


def _given_up(ctx: Context, run: MigrationRun) -> str:
    condition = run.job.condition("Failed") if run.job else None
    if condition is None:
        return "it has no log"
    ctx.record_evidence(f"job {run.name}", f"{condition.reason}: {condition.message}")
    return f"{condition.reason}; its pods are gone"


def not_begun(ctx: Context, run: MigrationRun, waiting: tuple[tuple[Pod, str], ...]) -> Finding | None:
    """Returns the finding about a Job that does not run, although it has not ended; None where it runs."""
    why = _why_idle(ctx, run)
    if not why:
        return None
    namespace, pods = ctx.target.namespace, tuple(pod.name for pod, _ in waiting)
    inspect = Step("Read why it does not run.", kubectl.describe("job", run.name, namespace=namespace))
    resume = Step(
        "Resume it.",
        kubectl.patch("job", run.name, {"spec": {"suspend": False}}, namespace=namespace),
        changes=f"job {namespace}/{run.name}",
    )
    follows = f", and {_who(waiting)} for it" if waiting else ""
    unpulled, code = _unpulled(run), NOT_BEGUN
    if unpulled:
        code = replace(NOT_BEGUN, fix=f"Push image {unpulled.image}, or run job {run.name} again with one that exists.")
    return code.finding(
        f"Job {run.name} runs no migration: {why}{follows}.",
        *((resume, inspect) if run.job and run.job.spec.suspend else (*_with_image(ctx, run, unpulled), inspect)),
        pods=pods,
        subjects=(f"job/{run.name}", *subjects(pods)),
        evidence=(ctx.record_evidence(f"job {run.name}", why, command=inspect.command),),
        severity=None if waiting else Severity.WARNING,
    )


def _unpulled(run: MigrationRun) -> Container | None:
    """Returns the container whose image cannot be pulled."""
    for status in run.pod.status.all_container_statuses if run.pod else ():
        waits = status.state.waiting
        if run.spec and waits and waits.reason in PULL_REASONS:
            return run.spec.container(status.name)
    return None


def _why_idle(ctx: Context, run: MigrationRun) -> str:
    if run.job and run.job.spec.suspend:
        return "it is suspended"
    if run.pod is None:
        refused = [each for each in events_of(ctx, "Job", run.name) if each.reason == "FailedCreate"]
        return f"its pod is refused ({truncate(refused[-1].message, 90)})" if refused else ""
    placed = run.pod.condition("PodScheduled")
    if placed and placed.reason == "Unschedulable":
        return f"pod {run.pod.name} is Pending ({truncate(placed.message, 70)})"
    for status in run.pod.status.all_container_statuses:
        waits = status.state.waiting
        if waits and waits.reason in {*PULL_REASONS, *CREATE_REASONS}:
            why = f" ({truncate(waits.message, 70)})" if waits.message else ""
            if waits.reason in PULL_REASONS:
                why = f" (image {status.image})" if status.image else why
            return f"pod {run.pod.name} is in {waits.reason}{why}"
    return ""


def waited_for(ctx: Context, run: MigrationRun | None, waiting: tuple[tuple[Pod, str], ...]) -> Finding | None:
    """Returns the finding about pods that wait too long, or for a missing run; None for a normal wait."""
    if not waiting:
        return None
    states = (status.state for pod, name in waiting if (status := pod.container_status(name)))
    began = (state.running.started_at if state.running else None for state in states)
    since = max((ctx.age(each).total_seconds() for each in began), default=0.0)
    took = ctx.age(run.started_at).total_seconds() if run else 0.0
    if run is None and since > ctx.target.profile.start_s:
        what = "no Job runs them"
    elif run and run.running and took > ctx.target.profile.migrations.limit_s:
        what = f"Job {run.name} has run for {took / 60:.0f} min"
    else:
        return None
    pods, namespace = tuple(pod.name for pod, _ in waiting), ctx.target.namespace
    command = _log_command(ctx, run, kubectl.get("jobs", namespace=namespace))
    (pod, name), *_ = waiting
    who = _who(waiting)
    return WAITED_FOR.finding(
        f"{who[0].upper()}{who[1:]} for migrations in init container {name}, but {what}.",
        Step("Read its log." if run else "See which Jobs there are.", command),
        Step("Read what it waits for.", kubectl.log(pod.name, name, namespace=namespace, tail=20)),
        pods=pods,
        subjects=(*((f"job/{run.name}",) if run else ()), *subjects(pods)),
        evidence=(ctx.record_evidence(f"pod {pod.name}, {name}", f"has run for {since:.0f} s; {what}"),),
    )


def _who(waiting: tuple[tuple[Pod, str], ...]) -> str:
    return f"pod {waiting[0][0].name} waits" if len(waiting) == 1 else f"{len(waiting)} pods of the worker wait"


PENDING = Code(
    id="database.migrations-pending",
    meaning="The image has migrations that are not applied: it was rolled out before they ran, and their "
    "changes are missing.",
    fix="Run the migrations of the image's version, then restart the worker.",
    stage=stages.INDEPENDENT,
    # Only the last run of the same migrations explains why some are pending.
    explained_by=("database.migration-failed", "database.migration-locked", "database.migration-not-begun"),
    transient=True,
)
AHEAD = Code(
    id="database.schema-ahead",
    meaning="The database has migrations that are newer than all of the image: the image is older than the "
    "schema, as after a rollback, and may write what the schema no longer accepts.",
    fix="Roll out the version of the schema.",
    severity=Severity.WARNING,
)
OVERLAID = "The image may have the files of one edition only, while the migrations of both are applied."
LIST = "select name, migration_time from knex_migrations order by id desc limit 5"


def compared(ctx: Context) -> Finding | None:
    """Yields findings by the image's files; where they are unknown, notes that."""
    known, database = current_migrations(ctx), database_of(ctx).name
    if known is None:
        return None
    if not known.files:
        last = known.last or "none"
        ctx.note(f"last migration: {last}; the image has no migration files, so whether it matches is unknown")
        return None
    if known.pending:
        many = f"{known.pending} migrations" if known.pending > 1 else "1 migration"
        verb, order = "are" if known.pending > 1 else "is", f"next is {known.next}, last was {known.last or 'none'}"
        summary = f"{many} of the image {verb} not applied to database {database}: {order}."
        reported = f"{known.applied} applied, {known.files} files; {many} not"
        return _by_files(ctx, PENDING, summary, known.next, reported)
    if known.ahead and known.beyond > known.newest:
        if ctx.occasion in {Occasion.INCIDENT, Occasion.AFTER_DEPLOY}:
            # An older image's own errors show whether it works.
            ctx.note(f"the database has migrations that the image does not have, the last of them {known.beyond}")
            return None
        summary = f"Database {database} has migration {known.beyond}; the image is older: its last is {known.newest}."
        reported = f"last applied {known.beyond}, last file {known.newest}"
        return _by_files(ctx, AHEAD, summary, known.beyond, reported, OVERLAID)
    return None


def _run_again(ctx: Context) -> tuple[Step, ...]:
    """Returns the step that runs the last Job of the migrations again; none where none is kept."""
    run = latest_run(ctx)
    if run is None or run.job is None:
        return ()
    container = _container(run)
    if container and container.image == ctx.target.container.image:
        return _again(ctx, run, f"Run job {run.name} again.")
    return _with_image(ctx, run, container)


def _by_files(ctx: Context, code: Code, summary: str, migration: str, reported: str, *alternatives: str) -> Finding:
    """Returns the finding about a migration that only the database or only the image has."""
    return code.finding(
        summary,
        *(_run_again(ctx) if code is PENDING else ()),
        admin_sql(ctx, "List the last ones.", LIST),
        subjects=(f"database/{database_of(ctx).name}", f"migration/{migration}"),
        pods=tuple(pod.name for pod in ctx.target.current_pods),
        evidence=(ctx.record_evidence("knex_migrations, and the image's files", reported),),
        alternatives=alternatives,
    )


LOCKED = Code(
    id="database.migration-locked",
    meaning="The lock of knex's migrations is held, but no migration runs: a killed one left it, and every "
    "further run fails.",
    fix="Make sure that no migration runs, release the lock, then run the migrations.",
    stage=stages.INDEPENDENT,
    transient=True,
)
LOCK = "knex_migrations_lock"
MIGRATIONS_LOCKED = "Migration table is already locked"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields runs that fail or hang, a stale lock, and pending files."""
    database_of(ctx)
    run, waiting = latest_run(ctx), waiting_pods(ctx)
    idle = (run and run.running and not_begun(ctx, run, waiting)) or waited_for(ctx, run, waiting)
    if idle:
        yield idle
    if run and run.running:
        if not idle:
            _under_way(ctx, run)
        return
    late = run if run and run.failed and is_current(ctx, run) and not ctx.target.request.before_deploy else None
    text, seen = _message(ctx, late) if late else ("", None)
    found = database_state(ctx)
    held = found is not None and found.migrations is not None and found.migrations.locked > 0
    if held and found and found.busy and not late:
        # A run from elsewhere has its own transaction.
        ctx.record_problem(f"{LOCK} is held while {found.busy} sessions are active: a migration may run")
    elif held or MIGRATIONS_LOCKED in text:
        yield _locked(ctx, late, seen)
    elif late:
        yield failed(ctx, late, text, seen, waiting)
    elif found is None:
        require_inspection(ctx)
        return
    if finding := compared(ctx):
        yield finding


def _under_way(ctx: Context, run: MigrationRun) -> None:
    """Notes a running migration, which before a deploy leaves the result open."""
    reported = f"a migration run is in progress: job {run.name}"
    if ctx.occasion is Occasion.BEFORE_DEPLOY:
        ctx.record_problem(reported)
    ctx.note(reported)


def _message(ctx: Context, run: MigrationRun) -> tuple[str, Evidence | None]:
    """Returns the log of a failed run."""
    queried = log_query(ctx, run)
    if queried is None:
        return "", None
    log = ctx.attempt(lambda: ctx.query(queried))
    if not log:
        return "", None
    text = "\n".join(line.text for line in log.lines)
    reported = next((line for line in text.splitlines() if "igration" in line or "rror" in line), text[-200:])
    return text, ctx.record_evidence(
        f"log of job {run.name}, {run.container}", truncate(reported, 300), command=queried.command
    )


def _locked(ctx: Context, run: MigrationRun | None, seen: Evidence | None) -> Finding:
    ctx.record_evidence(LOCK, "is_locked = 1, and no session is active in the database")
    release = f"UPDATE {LOCK} SET is_locked = 0"
    who = f", so job {run.name} failed" if run else ", so the next one fails"
    unlock = admin_sql(ctx, "Release the lock, as `knex migrate:unlock` does.", release, changes=f"table {LOCK}")
    if run:
        text = f"Release the lock, as `knex migrate:unlock` does, then run job {run.name} again."
        again = kubectl.recreate("job", run.name, namespace=ctx.target.namespace)
        unlock = replace(unlock, text=text, command=unlock.command.then(again))
    return LOCKED.finding(
        f"The migrations of database {database_of(ctx).name} are locked ({LOCK}), but none runs{who}.",
        admin_sql(ctx, "Make sure that no migration runs.", "select pid, state, query from pg_stat_activity"),
        unlock,
        subjects=(f"table/{LOCK}", *((f"job/{run.name}",) if run else ())),
        evidence=(seen,) if seen else (),
    )


MIGRATIONS_APPLIED = Check(
    id="database.migrations-applied",
    title="The migrations have run, and their lock is free",
    stage=stages.DATABASE_MIGRATIONS,
    template=stages.DATABASE_MIGRATIONS.template,
    run=run,
    codes=(LOCKED, FAILED, NOT_BEGUN, WAITED_FOR, PENDING, AHEAD),
    occasions=(*PREREQUISITES, Occasion.AUDIT),
    reads=(*EXEC, *MIGRATION_RUNS, *OPERATOR_LOGIN),
)
