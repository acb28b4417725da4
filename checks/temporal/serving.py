"""Is it a Temporal frontend, and does it serve? An open port proves neither.

SERVING means that the frontend runs and sees its peers; it does not ask Temporal's own database.
"""

from collections.abc import Iterator

from diagnose.asking import ask_temporal, temporal_of
from diagnose.check import Check, Code, Context
from diagnose.model import Finding, Step
from diagnose.probes.dependencies import Answered
from diagnose.probes.question import CannotLookError
from diagnose.reach import way_to
from diagnose.unreachable import set_variable

NOT_TEMPORAL = Code(
    id="temporal.not-grpc",
    meaning="The port is open, but nothing there speaks gRPC in the clear: another service, or a frontend that wants "
    "TLS.",
    fix="Correct TEMPORAL_ADDRESS, or align TLS between worker and frontend.",
)
NOT_SERVING = Code(
    id="temporal.not-serving",
    meaning="The frontend answers that it does not serve, or not as a Temporal frontend.",
    fix="See in the Temporal server's log what it waits for.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """What the frontend's health service says."""
    temporal = temporal_of(ctx)
    way = way_to(ctx, temporal.host, temporal.port)
    answer = ask_temporal(ctx, way)
    if answer.answered is not Answered.YES and not way.service:
        # From outside the cluster a firewall may stand between; that says nothing of the pods' own way.
        raise CannotLookError(f"{temporal.address} does not answer where diagnose runs: {answer.detail[:120]}")
    seen = ctx.saw(f"frontend {temporal.address}", answer.serving or answer.detail)
    health = Step(text="Ask its health.", command=f"temporal operator cluster health --address {temporal.address}")
    subjects, pods = (f"host/{temporal.host}",), ctx.target.pods_with_same("TEMPORAL_ADDRESS")
    if answer.answered is not Answered.YES:
        yield NOT_TEMPORAL.finding(
            f"{temporal.address} is open, but does not answer gRPC: it is no Temporal frontend, or it wants TLS.",
            subjects=subjects,
            pods=pods,
            evidence=(seen,),
            alternatives=("A frontend with TLS closes plain connections too; ask it: openssl s_client -alpn h2.",),
            steps=(health, set_variable(ctx, "TEMPORAL_ADDRESS", "RIGHT_HOST:7233")),
        )
    elif answer.serving != "SERVING":
        yield NOT_SERVING.finding(
            f"The Temporal frontend {temporal.address} answers {answer.serving[:60]}, so no workflow makes progress.",
            subjects=subjects,
            pods=pods,
            evidence=(seen,),
            steps=(health,),
        )


SERVING = Check(
    id="temporal.serving",
    title="The Temporal frontend serves",
    ask=ask,
    codes=(NOT_TEMPORAL, NOT_SERVING),
    requires=("temporal.port-reachable",),
    explained_by=("network.dns-answers", "temporal.port-reachable"),
    vital=True,
)
