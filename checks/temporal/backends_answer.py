"""Do the services behind the frontend answer? It may serve and know the namespace, and reach none of its peers.

Who polls a queue is asked from Temporal's matching service, so where no queue can be described that one is away, or its
database is. Workers that poll retry without an end and stay ready.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.network.reachability import route_to
from diagnose.domain.temporal.queries import frontend, query_temporal, servers, temporal_of
from diagnose.model.report import Finding, Step
from diagnose.queries.query import AnswerState
from diagnose.text.sentences import truncate

MATCHING = Code(
    id="temporal.matching-unavailable",
    meaning="The frontend answers and knows the namespace, but no task queue can be described: Temporal's matching or "
    "history service has no member, or does not get at its database. Polls fail and workflows stand still.",
    fix="Bring Temporal's matching and history services back; the workers go on by themselves.",
    transient=True,
)
PASSING = ("UNAVAILABLE", "INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "ABORTED", "DATA_LOSS")


def run(ctx: Context) -> Iterator[Finding]:
    """A finding where no queue can be described, for a reason that is the server's."""
    temporal = temporal_of(ctx)
    answer = query_temporal(ctx, route_to(ctx, temporal.host, temporal.port))
    if answer.answered is not AnswerState.YES or answer.namespace != "exists" or not answer.queues:
        raise NotApplicableError("the frontend or the namespace is not there, so no queue can be described")
    errors = [queue.error for queue in answer.queues if queue.error.startswith(PASSING)]
    if len(errors) < len(answer.queues):
        return
    said = errors[0].partition(": ")[2] or errors[0]
    polls = tuple(match.evidence for match in ctx.matches()[:2])
    yield MATCHING.finding(
        f'{temporal.address} serves, but can describe no task queue ("{truncate(said, 60)}"), so polls fail.',
        Step("Look at Temporal's own pods.", servers(temporal.host)),
        Step("Ask for the queue again.", frontend(ctx).describe_queue(answer.queues[0].name)),
        subjects=(f"host/{temporal.host}",),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS"),
        evidence=(ctx.record_evidence(f"frontend {temporal.address}", errors[0]), *polls),
    )


BACKENDS_ANSWER = Check(
    id="temporal.backends-answer",
    title="The services behind the Temporal frontend answer",
    stage=stages.TEMPORAL_BACKENDS,
    run=run,
    codes=(MATCHING,),
    vital=True,
    occasions=PREREQUISITES,
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
