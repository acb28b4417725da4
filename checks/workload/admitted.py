"""Does the API server take the pods that the ReplicaSets ask for? A refused pod exists nowhere; the others stay green.

A ReplicaSet's condition keeps the first refusal; its events have the latest.
"""

from collections.abc import Iterator

from checks.refusals import CODES, told
from diagnose.check import Check, Context, events_of
from diagnose.model import Finding
from diagnose.pods import deployment_of
from diagnose.probes.messages import COMBINED, refusal
from diagnose.probes.objects import Condition, ReplicaSet
from diagnose.probes.question import CannotLookError
from diagnose.probes.surroundings import Event


def ask(ctx: Context) -> Iterator[Finding]:
    """What is refused now: only of ReplicaSets that lack pods."""
    deployment = deployment_of(ctx)
    if not ctx.target.replica_sets:
        if failure := _failure(deployment.status.conditions):
            yield _finding(ctx, f"Deployment {deployment.name}", failure.message, 1)
        return
    for replica_set in ctx.target.replica_sets:
        missing = replica_set.spec.replicas - replica_set.status.replicas
        if missing > 0 and (message := _latest(ctx, replica_set)):
            yield _finding(ctx, f"ReplicaSet {replica_set.name}", message, missing)


def _failure(conditions: tuple[Condition, ...]) -> Condition | None:
    return next((each for each in conditions if each.type == "ReplicaFailure" and each.status == "True"), None)


def _latest(ctx: Context, replica_set: ReplicaSet) -> str:
    """The latest refusal, "" where nothing is refused now."""
    failure = _failure(replica_set.status.conditions)
    if failure is None:
        return ""
    try:
        events = events_of(ctx.list(Event, ctx.target.namespace), "ReplicaSet", replica_set.name)
    except CannotLookError:
        # The condition says it as well.
        events = ()
    # Of several pods' refusals the latest is the one that stands in the way now.
    own = [each.message for each in events if each.reason == "FailedCreate"]
    return str(own[-1]) if own else failure.message


def _finding(ctx: Context, owner: str, message: str, missing: int) -> Finding:
    namespace = ctx.target.namespace
    code, summary, steps = told(refusal(message), namespace, owner, missing)
    seen = ctx.saw(
        f"{owner}, FailedCreate",
        message.removeprefix(COMBINED)[:400],
        command=f"kubectl -n {namespace} get events --field-selector reason=FailedCreate",
    )
    return code.finding(summary, steps=steps, subjects=(owner.lower().replace(" ", "/"),), evidence=(seen,))


ADMITTED = Check(
    id="workload.admitted",
    title="The API server takes the pods that are wanted",
    ask=ask,
    codes=CODES,
    explained_by=("vault.webhook-serving", "vault.injection-wanted"),
)
