"""Checks that the services behind the frontend answer.

The frontend may serve and have the namespace, but reach none of its peers. Pollers of a queue come from Temporal's
matching service, so where no queue can be described, that service or its database is down. Workers retry their polls
indefinitely and stay ready.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.temporal.queries import frontend, query_temporal, servers, temporal_of
from diagnose.model.report import Finding, Step
from diagnose.queries.query import AnswerState
from diagnose.text.sentences import truncate

MATCHING = Code(
    id="temporal.matching-unavailable",
    meaning="The frontend answers and has the namespace, but no task queue can be described: Temporal's "
    "matching or history service has no member, or cannot reach its database. Polls fail and "
    "workflows do not progress.",
    fix="Repair Temporal's matching and history services; the workers then continue.",
    symptom=True,
    alternatives=(
        "The server's matching or history service has no member: read the states of its pods.",
        "Its database does not answer, or its services do not find each other: its log names it.",
    ),
    transient=True,
)
PASSING = ("UNAVAILABLE", "INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "ABORTED", "DATA_LOSS")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding where no queue can be described, because of the server."""
    temporal = temporal_of(ctx)
    answer = query_temporal(ctx)
    if answer.answered is not AnswerState.YES or answer.namespace != "exists" or not answer.queues:
        raise NotApplicableError("the frontend or the namespace is missing, so no queue can be described")
    errors = [queue.error for queue in answer.queues if queue.error.startswith(PASSING)]
    if len(errors) < len(answer.queues):
        return
    message = errors[0].partition(": ")[2] or errors[0]
    polls = tuple(match.evidence for match in ctx.matches()[:2])
    yield MATCHING.finding(
        f'{temporal.address} serves, but can describe no task queue ("{truncate(message, 60)}"), so polls fail.',
        Step("List Temporal's own pods.", servers(temporal.host)),
        Step("Describe the queue again.", frontend(ctx).describe_queue(answer.queues[0].name)),
        subjects=(f"host/{temporal.host}",),
        pods=ctx.target.pods_with_same(temporal.address_variable),
        evidence=(ctx.record_evidence(f"frontend {temporal.address}", errors[0]), *polls),
    )


BACKENDS_ANSWER = Check(
    id="temporal.backends-answer",
    title="The services behind the Temporal frontend answer",
    stage=stages.TEMPORAL_BACKENDS,
    run=run,
    codes=(MATCHING,),
    occasions=PREREQUISITES,
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
