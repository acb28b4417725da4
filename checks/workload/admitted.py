"""Does the API server admit the pods that the ReplicaSets create? A refused pod does not exist; the others stay green.

A ReplicaSet's condition keeps the first refusal; its events have the latest.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context
from diagnose.check.reads import EVENTS, OWNER
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import CODES, current_failures, describe, failure
from diagnose.domain.kubernetes.pods import deployment_of, replica_sets_of
from diagnose.model.report import Finding
from diagnose.queries.kubernetes_messages import COMBINED, refusal
from diagnose.text.sentences import truncate


def run(ctx: Context) -> Iterator[Finding]:
    """Reports current refusals: those of ReplicaSets that lack pods."""
    deployment = deployment_of(ctx)
    if not replica_sets_of(ctx):
        if failed := failure(deployment.status.conditions):
            yield _finding(ctx, f"Deployment {deployment.name}", failed.message, 1)
        return
    for each in current_failures(ctx):
        yield _finding(ctx, f"ReplicaSet {each.replica_set.name}", each.message, each.missing)


def _finding(ctx: Context, owner: str, message: str, missing: int) -> Finding:
    namespace = ctx.target.namespace
    code, summary, steps = describe(refusal(message), namespace, owner, missing)
    seen = ctx.record_evidence(
        f"{owner}, FailedCreate",
        truncate(message.removeprefix(COMBINED), 400),
        command=kubectl.get("events", namespace=namespace, fields="reason=FailedCreate"),
    )
    return code.finding(summary, *steps, subjects=(owner.lower().replace(" ", "/"),), evidence=(seen,))


ADMITTED = Check(
    id="workload.admitted",
    title="The API server admits the desired pods",
    stage=stages.ADMISSION,
    template=("resources", "security", "service-account", "scheduling", "image", "label:*"),
    run=run,
    codes=CODES,
    reads=(*OWNER, *optional(EVENTS)),
)
