"""Does the Job complete? Of a CronJob it is the newest Job that counts. One that is suspended stands still.

A Job that failed is a consequence of its pods, where they are still there.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import OWNER, of_kinds
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.jobs import LATE, run_again
from diagnose.domain.kubernetes.pods import controller_of
from diagnose.model.report import Alternative, Finding, Severity, Step
from diagnose.resources import Condition, CronJob, Job
from diagnose.text.sentences import fit, number_of, span

FAILED = Code(
    id="workload.job-failed",
    meaning="The Job has failed and creates no further pod: its pods failed as often as backoffLimit allows, it took "
    "longer than activeDeadlineSeconds, or its podFailurePolicy ended it. Of a CronJob the next one comes by schedule.",
    fix="Fix what made its pods fail, then create the Job again.",
    symptom=True,
    alternatives=(
        Alternative(
            "Its pods failed for what their program needs: the log of the last one names it.", "workload.pod-failed"
        ),
        "Its work takes longer than activeDeadlineSeconds grants: compare with earlier runs.",
    ),
)
SUSPENDED = Code(
    id="workload.job-suspended",
    meaning="The Job is suspended, so that it has no pods until it is resumed; what waits for it waits, too. A "
    "controller that queues Jobs resumes them itself.",
    fix="Resume it, unless it is meant to wait.",
    severity=Severity.WARNING,
)
# Of Kueue and Volcano, which suspend a Job until there are resources for it.
QUEUES = ("kueue.x-k8s.io/", "volcano.sh/", "scheduling.volcano.sh/")


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a Job that has failed, or is suspended."""
    controller, job = controller_of(ctx), ctx.target.job
    if not isinstance(controller, Job | CronJob):
        raise NotApplicableError(f"the pods are those of a {controller.kind}")
    if isinstance(controller, CronJob):
        last = controller.status.last_schedule_time
        ctx.note(f"last scheduled {span(ctx.age(last).total_seconds())} ago" if last else "not scheduled so far")
    if job is not None and (failed := job.condition("Failed")):
        yield _finding(ctx, job, failed)
    elif isinstance(controller, Job) and controller.spec.suspend and not (controller.ended or _is_queued(controller)):
        yield _suspended(ctx, controller)
    elif ctx.target.idle:
        ctx.note(ctx.target.idle)
    elif job is not None:
        status = job.status
        ctx.note(f"Job {job.name}: {status.active} active, {status.succeeded} succeeded, {status.failed} failed")


def _is_queued(job: Job) -> bool:
    """Whether another controller decides when the Job runs."""
    return any(key.startswith(QUEUES) for key in job.metadata.labels)


def _suspended(ctx: Context, job: Job) -> Finding:
    namespace = ctx.target.namespace
    show = kubectl.get("job", job.name, namespace=namespace, output="yaml")
    return SUSPENDED.finding(
        f"Job {job.name} is suspended, so none of its pods runs.",
        Step(
            "Resume it, unless it is meant to wait.",
            kubectl.patch("job", job.name, {"spec": {"suspend": False}}, namespace=namespace),
            changes=f"job {namespace}/{job.name}",
        ),
        subjects=(f"job/{job.name}",),
        evidence=(ctx.record_evidence(f"job {job.name}", "spec.suspend: true", command=show),),
    )


def _finding(ctx: Context, job: Job, failed: Condition) -> Finding:
    namespace = ctx.target.namespace
    pods = tuple(pod.name for pod in ctx.target.pods)
    seen = ctx.record_evidence(
        f"job {job.name}, condition Failed",
        f"{failed.reason}: {failed.message}",
        command=kubectl.get("job", job.name, namespace=namespace, output="yaml"),
    )
    of = f" of {ctx.owner.label} {ctx.owner.name}" if ctx.owner.kind == "CronJob" else ""
    return FAILED.finding(
        fit(f"Job {job.name}{of} has failed", _why(job, failed)),
        _again(ctx, job, failed),
        Step("Read its events.", kubectl.describe("job", job.name, namespace=namespace)),
        pods=pods,
        subjects=(f"job/{job.name}",),
        evidence=(seen,),
    )


def _again(ctx: Context, job: Job, failed: Condition) -> Step:
    """Returns the step that runs it once more, as what made it fail may be fixed."""
    namespace, owner, text = ctx.target.namespace, ctx.owner, "Run it again, once what made its pods fail is fixed."
    if owner.kind != "CronJob":
        return run_again(job, namespace, text)
    command = kubectl.create("job", f"{owner.name}-again", f"--from={owner.reference}", namespace=namespace)
    changes = f"job {namespace}/{job.name}"
    if failed.reason == LATE:
        text = f"Take its time limit back (activeDeadlineSeconds {job.spec.active_deadline_seconds}), and run it again."
        unlimited = {"spec": {"jobTemplate": {"spec": {"activeDeadlineSeconds": None}}}}
        command = kubectl.patch("cronjob", owner.name, unlimited, how="merge", namespace=namespace).then(command)
        changes = f"cronjob {namespace}/{owner.name}, {changes}"
    return Step(text, command, changes=changes)


def _why(job: Job, failed: Condition) -> str:
    """Returns why the Job's controller gave up."""
    if failed.reason == "BackoffLimitExceeded":
        count = job.status.failed or job.spec.backoff_limit + 1
        return f"{number_of(count, 'pod')} failed, backoffLimit is {job.spec.backoff_limit}"
    if failed.reason == LATE:
        return f"it took longer than activeDeadlineSeconds, {job.spec.active_deadline_seconds}"
    return f"{failed.reason}: {failed.message}" if failed.message else failed.reason


JOB_COMPLETES = Check(
    id="workload.job-completes",
    title="The Job completes",
    stage=stages.REPLICAS,
    run=run,
    codes=(FAILED, SUSPENDED),
    reads=(*OWNER, *of_kinds(Job, CronJob)),
)
