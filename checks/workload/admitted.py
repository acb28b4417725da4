"""Does the API server admit the pods that the workload creates? A refused pod does not exist; the others stay green.

A ReplicaSet's condition keeps the first refusal; its events have the latest. Other kinds have events alone.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, events_of
from diagnose.check.reads import EVENTS, OWNER, of_kinds
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import CODES, current_failures, describe, failure
from diagnose.domain.kubernetes.pods import controller_of, replica_sets_of
from diagnose.model.report import Finding
from diagnose.queries.kubernetes_messages import COMBINED, AdmissionReason, refusal
from diagnose.resources import Deployment, Rollout, Workload
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
    """Reports the latest refusal that the events of a workload have, where it lacks pods."""
    maker = ctx.target.job or controller
    missing = (maker.desired or 0) - len(ctx.target.pods)
    if missing <= 0:
        return
    events = [each for each in events_of(ctx, maker.kind, maker.name) if each.reason == "FailedCreate"]
    created = max((each.creation_order[0] for each in ctx.target.pods), default=EARLIEST)
    if events and (events[-1].seen_at is None or events[-1].seen_at >= created):
        yield _finding(ctx, f"{maker.kind} {maker.name}", events[-1].message, missing)


def _finding(ctx: Context, owner: str, message: str, missing: int) -> Finding:
    namespace = ctx.target.namespace
    reason = refusal(message)
    code, summary, steps = describe(reason, namespace, owner, missing)
    seen = ctx.record_evidence(
        f"{owner}, FailedCreate",
        truncate(message.removeprefix(COMBINED), 400),
        command=kubectl.get("events", namespace=namespace, fields="reason=FailedCreate"),
    )
    is_named = reason.kind is not AdmissionReason.OTHER
    return code.finding(
        summary,
        *steps,
        subjects=(owner.lower().replace(" ", "/"),),
        evidence=(seen,),
        proof="the API server names what refuses them" if is_named else "",
    )


ADMITTED = Check(
    id="workload.admitted",
    title="The API server admits the desired pods",
    stage=stages.ADMISSION,
    template=("resources", "security", "service-account", "scheduling", "image", "label:*"),
    run=run,
    codes=CODES,
    reads=(*OWNER, *of_kinds(Rollout), *optional(EVENTS)),
)
