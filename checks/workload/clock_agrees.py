"""Do the clocks of the pods agree with the API server's? A container has the clock of its node.

One node's clock is wrong where all of its containers are off and those of other nodes agree. Where none agrees, it may
be the API server's. Tokens and certificates are valid by the clock: a login to Vault that fails for it follows from it.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, SurveyResult
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import counted
from diagnose.model.report import Evidence, Finding, Severity, Step, Vantage
from diagnose.queries.query import NoAnswerError, NoProgramError
from diagnose.text.sentences import span

SKEWED = Code(
    id="workload.clock-skew",
    meaning="The clock of a pod differs from the API server's by more than a minute: tokens and certificates look "
    "expired or not yet valid, and times in logs mislead.",
    fix="Set the clock that is wrong, and have it synchronized.",
    severity=Severity.WARNING,
)
# The leeway of most validators of tokens (https://pkg.go.dev/github.com/go-jose/go-jose/v4/jwt#DefaultLeeway).
TOLERANCE_S = 60.0
REFUSED = "vault.clock-skew"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports each node whose clock is off, containers that are off alone, and clocks of which none agrees."""
    try:
        results = ctx.surveys()
    except NoProgramError as error:
        raise NotApplicableError(f"no container has a program that prints its clock ({error})") from error
    if not results:
        raise NotApplicableError("no container runs")
    read = [(each, ahead) for each in results if (ahead := _ahead_s(each)) is not None]
    if not read and any(each.answer.read_at for each in results):
        raise NoAnswerError("no inspected container reports its clock")
    if not read:
        raise NotApplicableError("not recorded: the recording predates the clocks of containers")
    for name in sorted({each.pod.name for each in results} - {each.pod.name for each, _ in read}):
        ctx.record_problem(f"pod {name} does not report its clock")
    skewed = [(each, ahead) for each, ahead in read if abs(ahead) > TOLERANCE_S]
    agreeing = {each.pod.spec.node_name for each, ahead in read if abs(ahead) <= TOLERANCE_S}
    if skewed and not agreeing:
        yield _of_none_agrees(ctx, skewed)
        return
    for node in sorted({each.pod.spec.node_name for each, _ in skewed}):
        found = [(each, ahead) for each, ahead in skewed if each.pod.spec.node_name == node]
        yield _of_containers(ctx, found) if node in agreeing else _of_node(ctx, node, found)


def _ahead_s(result: SurveyResult) -> float | None:
    """By how much a container's clock is ahead of the API server's; None where one of the two was not recorded."""
    clock, read_at = result.answer.process.clock, result.answer.read_at
    return clock - read_at if clock is not None and read_at else None


def _of_node(ctx: Context, node: str, found: list[tuple[SurveyResult, float]]) -> Finding:
    pods = _on(ctx, {node})
    set_clock = Step(
        "Have the node synchronize its clock.",
        kubectl.debug_node(node, "timedatectl", "set-ntp", "true"),
        changes=f"node {node}",
    )
    return SKEWED.finding(
        f"The clock of node {node} is {_most(found)} the API server's, so valid tokens and certificates may be "
        "refused.",
        set_clock,
        _look(ctx, found),
        subjects=(f"node/{node}",),
        pods=pods,
        evidence=_evidence(ctx, found),
        severity=_severity(ctx, pods),
    )


def _of_containers(ctx: Context, found: list[tuple[SurveyResult, float]]) -> Finding:
    pods = tuple(dict.fromkeys(each.pod.name for each, _ in found))
    return SKEWED.finding(
        f"The clock of {counted(pods)} is {_most(found)} the API server's, while others on the node agree with it.",
        Step(
            "See whether a variable such as LD_PRELOAD or FAKETIME sets the clock of the container.",
            ctx.owner.list_env(found[0][0].container),
        ),
        _look(ctx, found),
        pods=pods,
        evidence=_evidence(ctx, found),
        alternatives=(
            "the container's image fakes the time: LD_PRELOAD names a library such as libfaketime",
            "the node's clock was set between two looks: a second run finds all of its containers alike",
        ),
        severity=_severity(ctx, pods),
    )


def _of_none_agrees(ctx: Context, found: list[tuple[SurveyResult, float]]) -> Finding:
    nodes = {each.pod.spec.node_name for each, _ in found}
    pods = _on(ctx, nodes)
    return SKEWED.finding(
        f"The clock of {counted(pods)} is {_most(found)} the API server's, and no pod's agrees with it.",
        _look(ctx, found),
        subjects=tuple(f"node/{node}" for node in sorted(nodes)),
        pods=pods,
        evidence=_evidence(ctx, found),
        alternatives=(
            "the clock of the node is wrong: `date` there differs from that of your own machine",
            "the clock of the API server is wrong: all nodes differ from it alike",
        ),
        severity=_severity(ctx, pods),
    )


def _on(ctx: Context, nodes: set[str]) -> tuple[str, ...]:
    """All pods there, also those that were not inspected, such as one whose agent still tries to log in."""
    return tuple(pod.name for pod in ctx.target.pods if pod.spec.node_name in nodes)


def _severity(ctx: Context, pods: tuple[str, ...]) -> Severity:
    """Critical where Vault refuses a token of one of the pods because of its time."""
    refused = {each.log.pod for each in ctx.matches("vault.agent-logged-in") if each.signature.code == REFUSED}
    return Severity.WARNING if refused.isdisjoint(pods) else Severity.CRITICAL


def _evidence(ctx: Context, found: list[tuple[SurveyResult, float]]) -> tuple[Evidence, ...]:
    return tuple(
        ctx.record_evidence(
            f"pod {each.pod.name}, {each.container}",
            f"its clock is {_difference(ahead)} the API server's",
            Vantage.POD,
            _look(ctx, [(each, ahead)]).command,
        )
        for each, ahead in found
    )


def _look(ctx: Context, found: list[tuple[SurveyResult, float]]) -> Step:
    first, _ = found[0]
    command = kubectl.run_in(first.pod.name, "date", "-u", namespace=ctx.target.namespace, container=first.container)
    return Step("Compare the container's time with your own.", command)


def _most(found: list[tuple[SurveyResult, float]]) -> str:
    return _difference(max((ahead for _, ahead in found), key=abs))


def _difference(ahead: float) -> str:
    return f"{span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'}"


CLOCK_AGREES = Check(
    id="workload.clock-agrees",
    title="The clocks of the pods agree with the API server's",
    stage=stages.CLOCK,
    run=run,
    codes=(SKEWED,),
    reads=(*EXEC, *optional(WORKER_LOGS)),
)
