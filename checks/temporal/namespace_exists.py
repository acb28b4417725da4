"""Checks that the Temporal namespace exists; the worker's own startup test does not."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import change_step, frontend, query_temporal, temporal_of
from diagnose.model.report import Evidence, Finding, Step
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.text.sentences import truncate

NOT_FOUND = Code(
    id="temporal.namespace-not-found",
    meaning="The Temporal server does not have the namespace in TEMPORAL_NAMESPACE, so no worker can start in it.",
    fix="Create the namespace, or correct TEMPORAL_NAMESPACE.",
)
UNKNOWN = Code(
    id="temporal.namespace-unreadable",
    meaning="The frontend serves, but cannot describe the namespace: its own database or its peers do not answer.",
    fix="Read in the Temporal server's log why its persistence does not answer.",
    transient=True,
)
DENIED = ("PERMISSION_DENIED", "UNAUTHENTICATED")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the frontend; where it does not answer, by the worker's log."""
    temporal = temporal_of(ctx)
    named = {"", temporal.namespace}
    logged = tuple(match.evidence for match in ctx.matches() if set(match.groups.values()) <= named)
    answer = ctx.attempt(lambda: query_temporal(ctx))
    if not answer:
        yield from _missing(ctx, logged)
        return
    seen = ctx.record_evidence(f"frontend {temporal.address}", f"namespace {temporal.namespace}: {answer.namespace}")
    if answer.answered is not AnswerState.YES:
        yield from _missing(ctx, logged)
        raise NotApplicableError("the frontend does not answer")
    if answer.namespace == "missing":
        yield from _missing(ctx, (seen, *logged))
    elif answer.namespace.startswith(DENIED):
        raise NoAnswerError(f"describing namespace {temporal.namespace}: {answer.namespace}")
    elif answer.namespace != "exists":
        yield UNKNOWN.finding(
            f"The frontend {temporal.address} serves, but cannot describe namespace {temporal.namespace}: "
            f"{truncate(answer.namespace.partition(': ')[2], 60) or truncate(answer.namespace, 60)}.",
            Step("Describe the namespace.", frontend(ctx).describe_namespace(temporal.namespace)),
            pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"),
            evidence=(seen,),
            subjects=(f"temporal-namespace/{temporal.namespace}",),
        )


def _missing(ctx: Context, evidence: tuple[Evidence, ...]) -> Iterator[Finding]:
    """Returns the finding that it does not exist, with its evidence."""
    temporal = temporal_of(ctx)
    if not evidence:
        return
    yield NOT_FOUND.finding(
        f'The Temporal namespace "{temporal.namespace}" does not exist at {temporal.address}, so no worker starts.',
        set_variable(ctx, "TEMPORAL_NAMESPACE", "RIGHT_NAMESPACE"),
        change_step(ctx, "Or create it.", "operator", "namespace", "create"),
        Step("List the namespaces.", frontend(ctx).list_namespaces()),
        subjects=(f"temporal-namespace/{temporal.namespace}",),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"),
        evidence=evidence[:4],
    )


NAMESPACE_EXISTS = Check(
    id="temporal.namespace-exists",
    title="The worker's Temporal namespace exists",
    stage=stages.TEMPORAL_NAMESPACE,
    run=run,
    codes=(NOT_FOUND, UNKNOWN),
    occasions=PREREQUISITES,
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
