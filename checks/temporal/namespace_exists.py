"""Is there a Temporal namespace of the name? The worker learns it late: its own start-up test does not ask."""

from collections.abc import Iterator

from diagnose.asking import ask_temporal
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step
from diagnose.probes.question import CannotLookError
from diagnose.reach import way_to
from diagnose.unreachable import set_variable

NOT_FOUND = Code(
    id="temporal.namespace-not-found",
    meaning="The Temporal server has no namespace of the name in TEMPORAL_NAMESPACE, so no worker can be made in it.",
    fix="Create the namespace, or correct TEMPORAL_NAMESPACE.",
)
UNTOLD = Code(
    id="temporal.namespace-unreadable",
    meaning="The frontend serves, but cannot describe the namespace: its own database or its peers do not answer.",
    fix="See in the Temporal server's log why its persistence does not answer.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """What the frontend says of the namespace."""
    temporal = ctx.target.temporal
    if temporal is None:
        raise NotApplicableError("the environment names no Temporal address")
    answer = ask_temporal(ctx, way_to(ctx, temporal.host, temporal.port))
    seen = ctx.saw(f"frontend {temporal.address}", f"namespace {temporal.namespace}: {answer.namespace}")
    pods = ctx.target.pods_with_same("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE")
    if answer.namespace == "missing":
        yield NOT_FOUND.finding(
            f'The Temporal namespace "{temporal.namespace}" does not '
            f"exist at {temporal.address}, so the worker cannot start.",
            subjects=(f"temporal-namespace/{temporal.namespace}",),
            pods=pods,
            evidence=(seen, *(match.evidence for match in ctx.world.matches() if match.signature.code == NOT_FOUND.id)),
            steps=(
                set_variable(ctx, "TEMPORAL_NAMESPACE", "RIGHT_NAMESPACE"),
                Step(
                    text="Or create it.",
                    command="temporal operator namespace create --address "
                    f"{temporal.address} --namespace {temporal.namespace}",
                    changes="Temporal",
                ),
                Step(
                    text="See which there are.",
                    command=f"temporal operator namespace list --address {temporal.address}",
                ),
            ),
        )
    elif answer.namespace.startswith(("PERMISSION_DENIED", "UNAUTHENTICATED")):
        raise CannotLookError(f"describing namespace {temporal.namespace}: {answer.namespace}")
    elif answer.namespace != "exists":
        yield UNTOLD.finding(
            f"The frontend {temporal.address} serves, but cannot describe namespace {temporal.namespace}.",
            pods=pods,
            evidence=(seen,),
            subjects=(f"temporal-namespace/{temporal.namespace}",),
            steps=(
                Step(
                    text="Ask for the namespace.",
                    command=f"temporal operator namespace describe {temporal.namespace} --address {temporal.address}",
                ),
            ),
        )


NAMESPACE_EXISTS = Check(
    id="temporal.namespace-exists",
    title="The worker's Temporal namespace exists",
    ask=ask,
    codes=(NOT_FOUND, UNTOLD),
    requires=("temporal.serving",),
    explained_by=("network.dns-answers", "temporal.port-reachable", "temporal.serving"),
)
