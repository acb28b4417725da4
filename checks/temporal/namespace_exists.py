"""Checks that the Temporal namespace exists; the worker's own startup test does not."""

import difflib
from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError, grouped
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.temporal.connection import DENIED, how_to_query, is_cloud
from diagnose.domain.temporal.queries import (
    correct,
    frontend,
    namespace_of,
    query_temporal,
    server_settings,
    temporal_of,
)
from diagnose.model.report import Alternative, Evidence, Finding, Step, WorkEffect
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.text.sentences import fit, truncate

NOT_FOUND = Code(
    id="temporal.namespace-not-found",
    meaning="The Temporal server does not have the namespace of the worker's settings, so no worker can start in it.",
    fix="Create the namespace, or correct the worker's setting.",
    # Pods that are ready may have been started with another setting.
    work=WorkEffect.IMPAIRS,
)
UNKNOWN = Code(
    id="temporal.namespace-unreadable",
    meaning="The frontend serves, but cannot describe the namespace: its own database or its peers do not answer.",
    fix="Read in the Temporal server's log why its persistence does not answer.",
    symptom=True,
    alternatives=(
        "The server's database does not answer: its log names it.",
        Alternative("The server limits the requests of the namespace.", "temporal.namespace-rate-limited"),
    ),
    transient=True,
)

LIMITED = Code(
    id="temporal.namespace-rate-limited",
    meaning="Temporal refuses requests of the namespace, the polls of its workers among them, as there are more than a "
    "limit of the server allows (RESOURCE_EXHAUSTED). Workers retry, stay ready, and get few tasks or none.",
    fix="Raise the limit in the server's dynamic configuration, or let the namespace's clients send fewer requests.",
    work=WorkEffect.IMPAIRS,
    transient=True,
)
THROTTLED = "RESOURCE_EXHAUSTED"
# A poll lasts a minute, so that an error of one is repeated no sooner.
LATELY_S = 150.0
# The setting behind each message.
_SETTINGS = {
    "namespace concurrent poller limit": "frontend.namespaceCount",
    "namespace count limit": "frontend.namespaceCount",
    "namespace rate limit": "frontend.namespaceRPS",
    "service rate limit": "frontend.rps",
    "system": "frontend.rps",
    "persistence": "frontend.persistenceMaxQPS",
}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the frontend; where it does not answer, by the worker's log."""
    temporal = temporal_of(ctx)
    logged = _logged(ctx, temporal.namespace)
    answer = ctx.attempt(lambda: query_temporal(ctx))
    if not answer:
        yield from _missing(ctx, logged)
        return
    if not temporal.namespace:
        yield from _missing(ctx, logged)
        namespace_of(ctx)
    seen = ctx.record_evidence(f"frontend {temporal.address}", f"namespace {temporal.namespace}: {answer.namespace}")
    if answer.answered is not AnswerState.YES:
        yield from _missing(ctx, logged)
        raise NotApplicableError("the frontend does not answer")
    if answer.namespace == "missing":
        yield from _missing(ctx, logged, seen, existing=answer.namespaces)
    elif answer.namespace.startswith(DENIED):
        how = how_to_query(ctx, temporal)
        raise NoAnswerError(f"describing namespace {temporal.namespace}: {truncate(answer.namespace, 80)}: {how}")
    elif answer.namespace.startswith(THROTTLED):
        yield _limited(ctx, answer.namespace.partition(": ")[2], seen)
    elif answer.namespace == "exists":
        yield from _refused_polls(ctx)
    else:
        status, _, detail = answer.namespace.partition(": ")
        why = truncate(detail.strip() or status, 60)
        yield UNKNOWN.finding(
            fit(f"The frontend {temporal.address} serves, but cannot describe namespace {temporal.namespace}", why),
            Step("Describe the namespace.", frontend(ctx).describe_namespace(temporal.namespace)),
            pods=ctx.target.pods_with_same(temporal.address_variable, temporal.namespace_variable),
            evidence=(seen,),
            subjects=(f"temporal-namespace/{temporal.namespace}",),
        )


def _logged(ctx: Context, namespace: str) -> dict[str, tuple[Evidence, ...]]:
    """Returns the log lines about a namespace that does not exist, by its name, of the worker's if that is known."""
    matches = (match for match in ctx.matches() if match.signature.code == NOT_FOUND.id)
    found = ((next(filter(None, match.groups.values()), namespace), match.evidence) for match in matches)
    return {name: tuple(lines) for name, lines in grouped(found).items() if name and namespace in {"", name}}


def _refused_polls(ctx: Context) -> Iterator[Finding]:
    """Yields the finding about polls that are refused now, which other requests may not be."""
    matches = [each for each in ctx.matches() if each.signature.code == LIMITED.id]
    recent = [each for each in matches if each.last_at and ctx.age(each.last_at).total_seconds() <= LATELY_S]
    if recent:
        yield _limited(ctx, recent[0].groups["text"], *(each.evidence for each in recent[:3]))


def _limited(ctx: Context, message: str, *seen: Evidence) -> Finding:
    temporal = temporal_of(ctx)
    setting = next((each for text, each in _SETTINGS.items() if text in message), "frontend.namespaceRPS")
    text = f"Raise {setting} for {temporal.namespace} in the server's dynamic configuration"
    return LIMITED.finding(
        f"Temporal refuses requests of namespace {temporal.namespace}, its workers' polls among them: "
        f"{truncate(message, 60)}.",
        Step(f"{text}: this shows it, if a ConfigMap has it.", server_settings(ctx, setting)),
        Step("Describe the namespace.", frontend(ctx).describe_namespace(temporal.namespace)),
        pods=ctx.target.pods_with_same(temporal.address_variable, temporal.namespace_variable),
        evidence=seen,
        subjects=(f"temporal-namespace/{temporal.namespace}",),
    )


def _missing(
    ctx: Context, logged: dict[str, tuple[Evidence, ...]], *seen: Evidence, existing: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Returns the finding that it does not exist, with its evidence."""
    temporal = temporal_of(ctx)
    name = temporal.namespace or next(iter(logged), "")
    evidence = (*seen, *logged.get(name, ()))
    if not evidence:
        return
    yield NOT_FOUND.finding(
        f'The Temporal namespace "{name}" does not exist at {temporal.address}, so no worker starts.',
        correct(ctx, "temporal.namespace", "the namespace", _right(name, existing)),
        *(() if is_cloud(temporal.host) else (_create(ctx, name),)),
        Step("List the namespaces.", frontend(ctx).list_namespaces()),
        subjects=(f"temporal-namespace/{name}",),
        pods=ctx.target.pods_with_same(temporal.address_variable, temporal.namespace_variable),
        evidence=evidence[:4],
    )


def _right(name: str, existing: tuple[str, ...]) -> str:
    """Returns the namespace that a misspelt name stands for: a similar one, or the only one."""
    similar = difflib.get_close_matches(name, existing, n=2)
    candidates = similar if len(similar) == 1 else existing
    return candidates[0] if len(candidates) == 1 else "RIGHT_NAMESPACE"


def _create(ctx: Context, namespace: str) -> Step:
    where = replace(frontend(ctx), namespace=namespace)
    return Step("Or create it.", where.temporal("operator", "namespace", "create"), changes="Temporal")


NAMESPACE_EXISTS = Check(
    id="temporal.namespace-exists",
    title="The worker's Temporal namespace exists",
    stage=stages.TEMPORAL_NAMESPACE,
    run=run,
    codes=(NOT_FOUND, UNKNOWN, LIMITED),
    occasions=PREREQUISITES,
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
