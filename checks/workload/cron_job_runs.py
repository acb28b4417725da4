"""Does the CronJob start its Jobs when they are due, and do they end? Nothing fails while none is started.

Its schedule is compared with when it last started one; its events have why the controller does not. A Job whose
creation the API server refuses belongs to workload.admitted.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, events_of
from diagnose.check.reads import EVENTS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.kubernetes import cron
from diagnose.domain.kubernetes.admission import refused_run
from diagnose.model.report import Evidence, Finding, Severity, Step
from diagnose.resources import CronJob, Job
from diagnose.target.ownership import owned_by
from diagnose.text import times
from diagnose.text.sentences import span, truncate

SUSPENDED = Code(
    id="workload.cron-job-suspended",
    meaning="The CronJob is suspended: it starts no Jobs until it is resumed, and nothing reports that.",
    fix="Resume it, unless that is intended.",
    severity=Severity.WARNING,
)
INVALID = Code(
    id="workload.cron-job-invalid",
    meaning="The controller cannot use the CronJob's schedule or time zone, so it never starts a Job.",
    fix="Correct the schedule or the time zone.",
)
NEVER_DUE = Code(
    id="workload.cron-job-never-due",
    meaning="The CronJob's schedule is valid, but its date never comes, as on 30 February.",
    fix="Correct the schedule.",
)
BLOCKED = Code(
    id="workload.cron-job-blocked",
    meaning="The CronJob's concurrencyPolicy forbids a second Job, and an earlier one still runs, so later runs are "
    "skipped.",
    fix="Find out why the running Job does not end; limit its time by activeDeadlineSeconds.",
)
MISSED = Code(
    id="workload.cron-job-missed",
    meaning="The CronJob was due, and no Job was started.",
    fix="Read the CronJob's events, and find out whether the controller manager works.",
)
PILES_UP = Code(
    id="workload.cron-job-piles-up",
    meaning="Earlier Jobs of the CronJob still run while it starts further ones (concurrencyPolicy Allow), and none of "
    "them has ended meanwhile: each takes its memory and CPU, until the node or a quota has none left.",
    fix="Find out why the Jobs do not end; forbid concurrent ones, or limit their time by activeDeadlineSeconds.",
    severity=Severity.WARNING,
)
_REFUSED = {"UnknownTimeZone", "UnparseableSchedule", "InvalidSchedule", "UnsupportedSchedule"}
_LATE = timedelta(minutes=5)
MUCH_LONGER = 2
"""Of the longest of the earlier Jobs, the multiple up to which one is no longer than usual."""
LONG_WORK = "It may have more work than usual: read its log."
# One run may take longer than the time between two; then the second one of the runs that follow is skipped, too.
SKIPPED = 2
PILE = 4
"""So many runs at the same time, of which none has ended, are no overlap of two long ones."""


def run(ctx: Context) -> Iterator[Finding]:
    """Reports why a CronJob starts no Job, or which of its Jobs do not end; of a single pod, only what its Job does."""
    target = ctx.target
    if target.cron_job is None:
        raise NotApplicableError("the workload is not a CronJob")
    own = f"job/{target.job.name}" if target.job else ""
    yield from (each for each in _of_cron_job(ctx, target.cron_job) if own in each.subjects or not target.is_single_pod)


def _of_cron_job(ctx: Context, cron_job: CronJob) -> Iterator[Finding]:
    if cron_job.spec.suspend:
        yield _suspended(ctx, cron_job)
        return
    events = ctx.attempt(lambda: events_of(ctx, "CronJob", cron_job.name)) or ()
    refused = [each for each in events if each.reason in _REFUSED]
    if refused:
        seen = _evidence(ctx, cron_job, f"{refused[-1].reason}: {refused[-1].message}")
        yield _finding(ctx, INVALID, cron_job, f"cannot be scheduled: {truncate(refused[-1].message, 90)}", seen)
        return
    schedule = cron.parse(cron_job.spec.schedule)
    if schedule is None:
        ctx.note(f"the schedule {cron_job.spec.schedule} is not one that is calculated here")
        return
    zone = cron.zone_of(cron_job)
    if schedule.next_after(ctx.now.astimezone(zone)) is None:
        seen = _evidence(ctx, cron_job, "no date has this day and month")
        yield _finding(ctx, NEVER_DUE, cron_job, f"never starts a Job: {cron_job.spec.schedule} never comes", seen)
        return
    due = cron.missed(cron_job, schedule, ctx.now, SKIPPED)
    warned = [each for each in events if each.type == "Warning"]
    yield from _of_jobs(ctx, cron_job, due, truncate(warned[-1].message, 70) if warned else "")


def _of_jobs(ctx: Context, cron_job: CronJob, due: list[datetime], why: str) -> Iterator[Finding]:
    """Yields what keeps it from its Jobs, which were due at these times, or that they pile up."""
    # The newest Job is known; others are listed only where there is something to explain.
    if not due and not (ctx.target.job and ctx.target.job.status.active):
        return
    listed = ctx.attempt(lambda: ctx.list(Job, ctx.target.namespace)) or ()
    jobs = [each for each in listed if owned_by(each.metadata, "CronJob", cron_job.name) and each.status.start_time]
    running = sorted((each for each in jobs if each.status.active), key=lambda each: each.creation_order)
    usual = max(map(_duration, jobs), default=timedelta())
    is_late = bool(due) and due[0] + _LATE < ctx.now
    if cron_job.spec.concurrency_policy == "Forbid" and running and (is_late or len(due) >= SKIPPED):
        if ctx.age(running[0].status.start_time) <= MUCH_LONGER * usual:
            ctx.note(f"Job {running[0].name} still runs, hardly longer than earlier ones")
            return
        yield _blocked(ctx, cron_job, running[0], due)
    elif is_late and not refused_run(ctx, cron_job):
        yield _late(ctx, cron_job, due[0], why)
    elif len(running) >= PILE and ctx.age(running[0].status.start_time) > MUCH_LONGER * usual:
        yield _piled_up(ctx, cron_job, running)


def _blocked(ctx: Context, cron_job: CronJob, job: Job, due: list[datetime]) -> Finding:
    took = span(ctx.age(job.status.start_time).total_seconds())
    seen = _evidence(ctx, cron_job, f"due at {times.to_text(due[0].astimezone(UTC))}; Job {job.name} is active")
    return _finding(
        ctx,
        BLOCKED,
        cron_job,
        f"starts no Job, because Job {job.name} has run for {took} and concurrencyPolicy is Forbid",
        seen,
        *_end(ctx, (job,)),
        subjects=(f"job/{job.name}",),
        alternatives=(LONG_WORK,),
    )


def _piled_up(ctx: Context, cron_job: CronJob, running: list[Job]) -> Finding:
    oldest = running[0]
    took = span(ctx.age(oldest.status.start_time).total_seconds())
    names = [each.name for each in running]
    seen = _evidence(ctx, cron_job, f"concurrencyPolicy {cron_job.spec.concurrency_policy}; active: {', '.join(names)}")
    return _finding(
        ctx,
        PILES_UP,
        cron_job,
        f"has {len(running)} Jobs that run at the same time, of which none has ended for {took}",
        seen,
        *_end(ctx, running),
        subjects=tuple(f"job/{each}" for each in names),
        alternatives=(LONG_WORK,),
    )


def _end(ctx: Context, running: Sequence[Job]) -> tuple[Step, ...]:
    """Returns the steps that end Jobs which hang, and that show what they wait for."""
    namespace, names = ctx.target.namespace, [each.name for each in running]
    inspect = kubectl.log(f"job/{names[0]}", namespace=namespace, tail=20)
    delete = kubectl.delete("job", *names, namespace=namespace)
    which = "it" if len(names) == 1 else "them"
    return (
        Step(f"End {which}, if the log shows no progress.", delete, changes=f"jobs {' '.join(names)}"),
        Step("Read what it waits for.", inspect),
    )


def _late(ctx: Context, cron_job: CronJob, due: datetime, why: str) -> Finding:
    started = cron_job.status.last_schedule_time
    last = f"its last Job started at {times.to_text(started)}" if started else "it started none"
    seen = _evidence(ctx, cron_job, f"due at {times.to_text(due.astimezone(UTC))}, {last}")
    late = span((ctx.now - due).total_seconds())
    return _finding(
        ctx,
        MISSED,
        cron_job,
        f"was due {late} ago and has not started a Job{f': {why}' if why else ''}",
        seen,
        alternatives=() if why else ("Its time zone may be another one than UTC; compare with earlier runs.",),
    )


def _duration(job: Job) -> timedelta:
    """Returns how long a Job took that is complete, nothing of another one."""
    start, end = job.status.start_time, job.status.completion_time
    return end - start if start and end else timedelta()


def _suspended(ctx: Context, cron_job: CronJob) -> Finding:
    resume = kubectl.patch("cronjob", cron_job.name, {"spec": {"suspend": False}}, namespace=ctx.target.namespace)
    step = Step("Resume it, unless that is intended.", resume, changes=f"cronjob {cron_job.name}")
    seen = _evidence(ctx, cron_job, "spec.suspend: true")
    return _finding(ctx, SUSPENDED, cron_job, "is suspended, so it starts no Jobs", seen, step)


def _evidence(ctx: Context, cron_job: CronJob, text: str) -> Evidence:
    zone = f" ({cron_job.spec.time_zone})" if cron_job.spec.time_zone else ""
    what = f"schedule {cron_job.spec.schedule}{zone}; {text}"
    return ctx.record_evidence(f"cronjob {cron_job.name}", truncate(what, 300), command=_describe(ctx, cron_job))


def _describe(ctx: Context, cron_job: CronJob) -> Command:
    return kubectl.describe("cronjob", cron_job.name, namespace=ctx.target.namespace)


def _finding(
    ctx: Context,
    code: Code,
    cron_job: CronJob,
    what: str,
    seen: Evidence,
    *steps: Step,
    subjects: tuple[str, ...] = (),
    alternatives: tuple[str, ...] = (),
) -> Finding:
    edit = kubectl.edit("cronjob", cron_job.name, namespace=ctx.target.namespace)
    change = Step("Correct its schedule.", edit, changes=f"cronjob {cron_job.name}")
    by_schedule = (change,) if code in {INVALID, NEVER_DUE} else ()
    return code.finding(
        f"CronJob {cron_job.name} {what}.",
        *steps,
        *by_schedule,
        Step("Read its state and events.", _describe(ctx, cron_job)),
        subjects=(f"cronjob/{cron_job.name}", *subjects),
        evidence=(seen,),
        alternatives=alternatives,
    )


CRON_JOB_RUNS = Check(
    id="workload.cron-job-runs",
    title="The CronJob starts its Jobs when they are due, and they end",
    stage=stages.DESIRED,
    run=run,
    codes=(SUSPENDED, INVALID, NEVER_DUE, BLOCKED, MISSED, PILES_UP),
    reads=optional(EVENTS, lists(Scope.OWN, Job)),
)
