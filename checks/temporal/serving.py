"""Checks that a Temporal frontend serves on the port.

SERVING means that the frontend runs and sees its peers; it does not include Temporal's own database.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import server_query
from diagnose.check.rights import Scope
from diagnose.commands.others import speaks_tls
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import frontend, query_temporal, route_to_temporal, temporal_of
from diagnose.model.report import Finding, Step
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.text.sentences import truncate

NOT_TEMPORAL = Code(
    id="temporal.not-grpc",
    meaning="The port is open, but no plaintext gRPC server answers: it is another service, or a frontend "
    "that requires TLS.",
    fix="Correct TEMPORAL_ADDRESS, or align TLS between worker and frontend.",
)
TLS = Code(
    id="temporal.tls-expected",
    meaning="The server at TEMPORAL_ADDRESS requires TLS, but the worker connects without: its error is only "
    "a connection timeout.",
    fix="Set the address of a frontend without TLS, or configure TLS in the worker's client.",
)
OTHER = Code(
    id="temporal.not-temporal",
    meaning="The gRPC server at TEMPORAL_ADDRESS is not Temporal. Clients connect, so the start continues and "
    "the pod becomes ready, but every call fails.",
    fix="Correct TEMPORAL_ADDRESS.",
)
NOT_SERVING = Code(
    id="temporal.not-serving",
    meaning="The frontend answers that it is not serving, or not as a Temporal frontend.",
    fix="Read in the Temporal server's log what it waits for.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the frontend's health service."""
    temporal = temporal_of(ctx)
    answer = query_temporal(ctx)
    answered = answer.answered is AnswerState.YES
    if not answered and not route_to_temporal(ctx).service:
        # Outside the cluster a firewall may block it, which proves nothing about the pods' own route.
        raise NoAnswerError(f"{temporal.address} does not answer where diagnose runs: {truncate(answer.detail, 120)}")
    seen = ctx.record_evidence(f"frontend {temporal.address}", answer.serving or answer.detail)
    health = Step("Check its health.", frontend(ctx).health())
    tls = Step("Check whether it speaks TLS.", speaks_tls(temporal.address))
    correct = set_variable(ctx, "TEMPORAL_ADDRESS", "RIGHT_HOST:7233")
    alternatives: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    if not answered and answer.speaks == "TLS":
        code, steps = TLS, (tls, correct)
        summary = f"{temporal.address} requires TLS, but the worker connects without it, so no connection succeeds."
    elif not answered and answer.speaks:
        code, steps, what = NOT_TEMPORAL, (correct, tls), f"answers {answer.speaks} instead of gRPC"
        summary = f"{temporal.address} is open, but {what}: it is no Temporal frontend."
    elif not answered:
        code, steps, what = NOT_TEMPORAL, (correct, tls), "does not answer gRPC"
        summary = f"{temporal.address} is open, but {what}: it is no Temporal frontend, or it requires TLS."
        alternatives = ("A frontend with TLS closes plain connections too; try TLS.",)
    elif answer.serving.startswith(("UNIMPLEMENTED", "Unimplemented")):
        code, steps = OTHER, (correct, health)
        summary = f"{temporal.address} is a gRPC server, but no Temporal frontend: it has no WorkflowService."
    elif answer.serving != "SERVING":
        code, steps, message = NOT_SERVING, (health,), truncate(answer.serving, 80)
        summary = f"The Temporal frontend {temporal.address} answers {message}, so no workflow makes progress."
    else:
        return
    yield code.finding(
        summary,
        *steps,
        subjects=(f"host/{temporal.host}",),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS"),
        evidence=(seen,),
        alternatives=alternatives,
    )


SERVING = Check(
    id="temporal.serving",
    title="The Temporal frontend serves",
    stage=stages.TEMPORAL_SERVER,
    run=run,
    codes=(NOT_TEMPORAL, TLS, OTHER, NOT_SERVING),
    vital=True,
    occasions=PREREQUISITES,
    reads=server_query(Scope.TEMPORAL),
)
