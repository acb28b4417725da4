"""The picture of what the worker needs and what needs the worker: which parts, what leads where, how each is.

Which check belongs to which part is data here, so that a report is drawn from its outcomes alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from diagnose.model.report import Outcome, Report, Severity, Status


class State(StrEnum):
    """How a part is; only one whose checks were asked and none of which complained is healthy."""

    CAUSE = "cause"
    CONSEQUENCE = "consequence"
    UNKNOWN = "unknown"
    WARNING = "warning"
    NOT_ASKED = "not asked"
    HEALTHY = "healthy"


MARKS = {
    State.CAUSE: "✗",
    State.CONSEQUENCE: "↳",
    State.UNKNOWN: "?",
    State.WARNING: "!",
    State.NOT_ASKED: "–",
    State.HEALTHY: "✓",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the picture.

    Attributes:
        checks: ids of checks, or topics, that are about it; the longest match of all parts counts.
        step: how far along the way from the secrets to the rollout; None for what the whole way rests on.
        lane: its place across the way: 0 and 1 for parts beside each other, 0.5 for one in the middle.
        of_process: whether only a process that runs can show that it is healthy.
    """

    name: str
    checks: tuple[str, ...]
    step: int | None = None
    lane: float = 0.5
    of_process: bool = False


VAULT = Part(name="Vault", checks=("vault",), step=0)
FILES = Part(name="Files", checks=("secrets",), step=1)
PROCESS = Part(
    name="Process",
    checks=("logs", "workload.running", "workload.memory-sufficient", "workload.space-left", "workload.stable"),
    step=2,
)
DATABASE = Part(name="Database", checks=("database",), step=3, lane=0)
TEMPORAL = Part(name="Temporal", checks=("temporal",), step=3, lane=1)
HEALTH = Part(name="Health", checks=("health", "workload.ready"), step=4, of_process=True)
ROLLOUT = Part(name="Rollout", checks=("release", "workload.replicas"), step=5, of_process=True)
OTHER = Part(name="Other", checks=())

PARTS = (
    VAULT,
    FILES,
    PROCESS,
    DATABASE,
    TEMPORAL,
    HEALTH,
    ROLLOUT,
    Part(name="Pods", checks=("workload",)),
    Part(name="Network", checks=("network",)),
    Part(name="Settings", checks=("config",)),
    Part(name="Scaling", checks=("scaling",)),
    Part(name="Build", checks=("argo",)),
    Part(name="Security", checks=("policy",)),
    OTHER,
)
LEADS = (
    (VAULT, FILES),
    (FILES, PROCESS),
    (PROCESS, DATABASE),
    (PROCESS, TEMPORAL),
    (DATABASE, HEALTH),
    (TEMPORAL, HEALTH),
    (HEALTH, ROLLOUT),
)


@dataclass(frozen=True, kw_only=True)
class Node:
    """A part as the run found it, with the ids of its checks, the worst first."""

    part: Part
    state: State
    count: str
    checks: tuple[str, ...]


def nodes(report: Report) -> tuple[Node, ...]:
    """The parts that some check of the run was about."""
    about: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        about.setdefault(part_of(outcome.check).name, []).append(outcome)
    causes = {cause.check for cause in report.causes if cause.finding.severity is Severity.CRITICAL}
    found = tuple(_node(part, about[part.name], causes) for part in PARTS if part.name in about)
    unasked = any(node.part is PROCESS and node.state is State.NOT_ASKED for node in found)
    return tuple(_doubted(node) for node in found) if unasked and report.works is False else found


def _doubted(node: Node) -> Node:
    """Where no process has run so far, nothing is known of what it would show: settings alone are not health."""
    if node.part.of_process and node.state is State.HEALTHY:
        return replace(node, state=State.NOT_ASKED, count="no process to ask")
    return node


def leads(shown: Iterable[Node]) -> tuple[tuple[Node, Node], ...]:
    """What leads where among the parts that are shown; a way through one that is left out leads on."""
    by_name = {node.part.name: node for node in shown}
    pairs = ((node, after) for node in by_name.values() for after in _after(node.part, by_name))
    return tuple(dict.fromkeys(pairs))


def part_of(check: str) -> Part:
    """The part that a check is about; one of a plug-in may be about none of them."""
    matches = [(len(start), part) for part in PARTS for start in part.checks if f"{check}.".startswith(f"{start}.")]
    return max(matches, key=lambda match: match[0])[1] if matches else OTHER


def _after(part: Part, by_name: dict[str, Node]) -> Iterator[Node]:
    for before, after in LEADS:
        if before is not part:
            continue
        if after.name in by_name:
            yield by_name[after.name]
        else:
            yield from _after(after, by_name)


def _node(part: Part, outcomes: list[Outcome], causes: set[str]) -> Node:
    worst_first = sorted(outcomes, key=lambda outcome: list(State).index(_state(outcome, causes)))
    state = _state(worst_first[0], causes)
    many = len(outcomes)
    if state in {State.NOT_ASKED, State.HEALTHY}:
        passed = sum(outcome.status is Status.PASS for outcome in outcomes)
        # A part most of which was not asked about has not been looked at; a few questions that do not apply are fine.
        blocked = any(outcome.blocked_by for outcome in outcomes)
        state = State.HEALTHY if passed > many - passed and not blocked else State.NOT_ASKED
        count = f"{passed} of {many} passed"
    else:
        alike = sum(_state(outcome, causes) is state for outcome in outcomes)
        count = f"{alike} of {many} checks"
    return Node(part=part, state=state, count=count, checks=tuple(outcome.check for outcome in worst_first))


def _state(outcome: Outcome, causes: set[str]) -> State:
    match outcome.status:
        case Status.FAIL if outcome.explained_by and outcome.check not in causes:
            return State.CONSEQUENCE
        case Status.FAIL:
            return State.CAUSE
        case Status.UNKNOWN:
            return State.UNKNOWN
        case Status.WARN:
            return State.WARNING
        case Status.SKIP:
            return State.NOT_ASKED
        case Status.PASS:
            return State.HEALTHY
