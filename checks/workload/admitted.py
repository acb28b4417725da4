"""Does the API server admit the pods or Jobs that the workload creates? What is refused does not exist.

A ReplicaSet's condition keeps the first refusal; its events have the latest. Other kinds have events alone.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Context, events_of
from diagnose.check.reads import EVENTS, OWNER, of_kinds
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import (
    CODES,
    LIMITS,
    TEMPLATE,
    current_failures,
    describe,
    failure,
    refused_run,
)
from diagnose.domain.kubernetes.limit_ranges import conflict
from diagnose.domain.kubernetes.pods import controller_of, replica_sets_of
from diagnose.domain.kubernetes.required_fields import required
from diagnose.model.report import Finding, Step
from diagnose.queries.kubernetes_messages import COMBINED, AdmissionReason, refusal
from diagnose.resources import (
    CronJob,
    Deployment,
    LimitRange,
    Pod,
    Rollout,
    ValidatingConfiguration,
    ValidatingPolicy,
    Workload,
)
from diagnose.target.ownership import owned_by
from diagnose.text.sentences import truncate
from diagnose.text.times import EARLIEST


def run(ctx: Context) -> Iterator[Finding]:
    """Reports current refusals: those of ReplicaSets, or of workloads of other kinds, that lack pods."""
    controller = controller_of(ctx)
    if not isinstance(controller, Deployment | Rollout):
        yield from _by_events(ctx, controller)
        return
    if isinstance(controller, Deployment) and not replica_sets_of(ctx):
        if failed := failure(controller.status.conditions):
            yield _finding(ctx, f"Deployment {controller.name}", failed.message, 1)
        return
    for each in current_failures(ctx):
        yield _finding(ctx, f"ReplicaSet {each.replica_set.name}", each.message, each.missing)


def _by_events(ctx: Context, controller: Workload) -> Iterator[Finding]:
    """Reports the latest refusal that the events of a workload have, where it lacks pods or a Job."""
    if isinstance(controller, CronJob) and (refused := refused_run(ctx, controller)):
        yield _finding(ctx, f"CronJob {controller.name}", refused.message, 1)
        return
    maker = ctx.target.job or controller
    missing = (maker.desired or 0) - len(ctx.target.pods)
    if missing <= 0:
        return
    events = [each for each in events_of(ctx, maker.kind, maker.name) if each.reason == "FailedCreate"]
    # A pod that is being deleted was admitted, too.
    listed = ctx.covered(lambda: ctx.list(Pod, ctx.target.namespace), "the living pods are known") or ctx.target.pods
    own = (each for each in listed if owned_by(each.metadata, maker.kind, maker.name))
    created = max((each.creation_order[0] for each in (*ctx.target.pods, *own)), default=EARLIEST)
    if events and (events[-1].seen_at is None or events[-1].seen_at >= created):
        yield _finding(ctx, f"{maker.kind} {maker.name}", events[-1].message, missing)


def _finding(ctx: Context, owner: str, message: str, missing: int) -> Finding:
    namespace = ctx.target.namespace
    reason = refusal(message)
    code, summary, steps = describe(reason, namespace, owner, missing)
    is_named = reason.kind not in {AdmissionReason.OTHER, AdmissionReason.ABOVE_LIMIT}
    subjects: tuple[str, ...] = (owner.lower().replace(" ", "/"),)
    if by_range := conflict(ctx, reason):
        code, summary, is_named = LIMITS, f"{by_range.text}, so {owner} cannot create its pods.", True
        steps, subjects = (*by_range.steps, *steps[-1:]), (f"limitrange/{by_range.name}", *subjects)
    steps = (*required(ctx, reason), *(_shows_template(ctx, each) for each in steps))
    seen = ctx.record_evidence(
        f"{owner}, FailedCreate",
        truncate(message.removeprefix(COMBINED), 400),
        command=kubectl.get("events", namespace=namespace, fields="reason=FailedCreate"),
    )
    return code.finding(
        summary,
        *steps,
        subjects=subjects,
        evidence=(seen,),
        proof="the API server names what refuses them" if is_named else "",
    )


def _shows_template(ctx: Context, step: Step) -> Step:
    """Returns the step; what reads the template of many workloads reads that of the target alone."""
    return replace(step, command=ctx.owner.get(output="yaml")) if step.text == TEMPLATE else step


ADMITTED = Check(
    id="workload.admitted",
    title="The API server admits the desired pods and Jobs",
    stage=stages.ADMISSION,
    template=("resources", "security", "service-account", "scheduling", "sandbox", "image", "label:*"),
    run=run,
    codes=CODES,
    reads=(
        *OWNER,
        *of_kinds(Rollout, CronJob),
        *optional(EVENTS, lists(Scope.OWN, Pod, LimitRange)),
        *optional(lists(Scope.CLUSTER, ValidatingConfiguration, ValidatingPolicy)),
    ),
)
