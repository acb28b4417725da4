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
from diagnose.domain.network.reachability import route_to
from diagnose.domain.temporal.queries import frontend, query_temporal, temporal_of
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
    route = route_to(ctx, temporal.host, temporal.port)
    answer = query_temporal(ctx, route)
    if answer.answered is not AnswerState.YES and not route.service:
        # Outside the cluster a firewall may block it, which proves nothing about the pods' own route.
        raise NoAnswerError(f"{temporal.address} does not answer where diagnose runs: {truncate(answer.detail, 120)}")
    seen = ctx.record_evidence(f"frontend {temporal.address}", answer.serving or answer.detail)
    health = Step("Check its health.", frontend(ctx).health())
    subjects, pods = (f"host/{temporal.host}",), ctx.target.pods_with_same("TEMPORAL_ADDRESS")
    correct = set_variable(ctx, "TEMPORAL_ADDRESS", "RIGHT_HOST:7233")
    if answer.answered is not AnswerState.YES and answer.speaks == "TLS":
        yield TLS.finding(
            f"{temporal.address} requires TLS, but the worker connects without it, so no connection succeeds.",
            _look_at_tls(temporal.address),
            correct,
            subjects=subjects,
            pods=pods,
            evidence=(seen,),
        )
    elif answer.answered is not AnswerState.YES:
        what = f"answers {answer.speaks} instead of gRPC" if answer.speaks else "does not answer gRPC"
        wants = "" if answer.speaks else ", or it requires TLS"
        yield NOT_TEMPORAL.finding(
            f"{temporal.address} is open, but {what}: it is no Temporal frontend{wants}.",
            correct,
            _look_at_tls(temporal.address),
            subjects=subjects,
            pods=pods,
            evidence=(seen,),
            alternatives=() if answer.speaks else ("A frontend with TLS closes plain connections too; try TLS.",),
        )
    elif answer.serving.startswith(("UNIMPLEMENTED", "Unimplemented")):
        yield OTHER.finding(
            f"{temporal.address} is a gRPC server, but no Temporal frontend: it has no WorkflowService.",
            correct,
            health,
            subjects=subjects,
            pods=pods,
            evidence=(seen,),
        )
    elif answer.serving != "SERVING":
        message = truncate(answer.serving, 80)
        yield NOT_SERVING.finding(
            f"The Temporal frontend {temporal.address} answers {message}, so no workflow makes progress.",
            health,
            subjects=subjects,
            pods=pods,
            evidence=(seen,),
        )


def _look_at_tls(address: str) -> Step:
    return Step("Check whether it speaks TLS.", speaks_tls(address))


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
