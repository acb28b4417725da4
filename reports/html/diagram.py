"""The picture of what the worker needs and what needs the worker: which parts, what leads where, how each is.

Which check belongs to which part is data here, so that a report is drawn from its outcomes alone.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from diagnose.model.report import Outcome, Report, Severity, Status
from diagnose.text.characters import one_line


class PartState(StrEnum):
    """The state of a part; it is healthy only where its checks have run and none of them failed or warned."""

    CAUSE = "cause"
    CONSEQUENCE = "consequence"
    UNKNOWN = "unknown"
    WARNING = "warning"
    SKIPPED = "skipped"
    HEALTHY = "healthy"


MARKS = {
    PartState.CAUSE: "✗",
    PartState.CONSEQUENCE: "↳",
    PartState.UNKNOWN: "?",
    PartState.WARNING: "!",
    PartState.SKIPPED: "–",
    PartState.HEALTHY: "✓",
}

_ENDED = {
    PartState.CAUSE: "failed",
    PartState.CONSEQUENCE: "failed",
    PartState.UNKNOWN: "unknown",
    PartState.WARNING: "warned",
}
_STATES = {
    Status.FAIL: PartState.CAUSE,
    Status.UNKNOWN: PartState.UNKNOWN,
    Status.WARN: PartState.WARNING,
    Status.SKIP: PartState.SKIPPED,
    Status.PASS: PartState.HEALTHY,
}


class DiagramPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the diagram.

    Attributes:
        facts: names of facts of the target that name its address; a host and its port are two.
        checks: ids of checks, or topics, that are about it; the longest match of all parts counts.
        step: its position between the secrets and the rollout, where each step points to the next; None for what all
            of them rest on.
        lane: its place across the steps: 0 and 1 for two parts of one step, 0.5 for a single part.
        of_process: whether only a process that runs can show that it is healthy.
    """

    name: str
    checks: tuple[str, ...]
    step: int | None = None
    lane: float = 0.5
    of_process: bool = False
    facts: tuple[str, ...] = ()


PROCESS = DiagramPart(
    name="Process",
    checks=("logs", "workload.running", "workload.memory-sufficient", "workload.space-left", "workload.stable"),
    step=2,
)
OTHER = DiagramPart(name="Other", checks=())

PARTS = (
    DiagramPart(name="Vault", checks=("vault",), step=0),
    DiagramPart(name="Files", checks=("secrets",), step=1),
    PROCESS,
    DiagramPart(name="Database", checks=("database",), step=3, lane=0, facts=("database.host", "database.port")),
    DiagramPart(name="Temporal", checks=("temporal",), step=3, lane=1, facts=("temporal.address",)),
    DiagramPart(name="Health", checks=("health", "workload.ready"), step=4, of_process=True),
    DiagramPart(name="Rollout", checks=("release", "workload.replicas"), step=5, of_process=True),
    DiagramPart(name="Pods", checks=("workload",)),
    DiagramPart(name="Network", checks=("network",)),
    DiagramPart(name="Settings", checks=("config",)),
    DiagramPart(name="Scaling", checks=("scaling",)),
    DiagramPart(name="Build", checks=("argo",)),
    DiagramPart(name="Security", checks=("policy",)),
    OTHER,
)


class DiagramNode(msgspec.Struct, frozen=True, kw_only=True):
    """A part with its state in a run.

    Attributes:
        count: how many of its checks have that state.
        checks: the ids of its checks, the worst first.
        object: the object at fault, else the address of what the part stands for; "" where neither is known.
    """

    part: DiagramPart
    state: PartState
    count: str
    checks: tuple[str, ...]
    object: str = ""


def nodes(report: Report) -> tuple[DiagramNode, ...]:
    """Returns the parts that the checks of the run belong to."""
    about: dict[str, list[Outcome]] = {}
    for outcome in report.outcomes:
        about.setdefault(part_of(outcome.check).name, []).append(outcome)
    causes = {cause.check for cause in report.causes if cause.finding.severity is Severity.CRITICAL}
    found = tuple(
        replace(_node(part, about[part.name], causes), object=_object(part, report))
        for part in PARTS
        if part.name in about
    )
    process_skipped = any(node.part is PROCESS and node.state is PartState.SKIPPED for node in found)
    return tuple(_without_process(node) for node in found) if process_skipped and report.works is False else found


def _object(part: DiagramPart, report: Report) -> str:
    """Returns what the first cause of a part is about, without the target's namespace, else the part's address."""
    subjects = (
        subject for cause in report.causes if part_of(cause.check) == part for subject in cause.finding.subjects
    )
    if at_fault := next(subjects, ""):
        return one_line(at_fault.replace(f"/{report.target.namespace}/", "/", 1))
    values = (report.target.facts.get(name, {}).get("value", "") for name in part.facts)
    return one_line(":".join(value for value in values if value)) if part.facts else ""


def _without_process(node: DiagramNode) -> DiagramNode:
    """Returns a healthy part as skipped: without a running process, checks of settings do not show its health."""
    if node.part.of_process and node.state is PartState.HEALTHY:
        return replace(node, state=PartState.SKIPPED, count="no running process")
    return node


def connections(shown: Iterable[DiagramNode]) -> tuple[tuple[DiagramNode, DiagramNode], ...]:
    """Returns the connections between the shown parts; those through an omitted part continue to the next one."""
    by_name = {node.part.name: node for node in shown}
    pairs = ((node, after) for node in by_name.values() for after in _after(node.part, by_name))
    return tuple(dict.fromkeys(pairs))


def part_of(check: str) -> DiagramPart:
    """Returns the part that a check belongs to; a check of a plug-in may belong to none of them."""
    matches = [(len(start), part) for part in PARTS for start in part.checks if f"{check}.".startswith(f"{start}.")]
    return max(matches, key=lambda match: match[0])[1] if matches else OTHER


def _after(part: DiagramPart, by_name: dict[str, DiagramNode]) -> Iterator[DiagramNode]:
    following = (each for each in PARTS if part.step is not None and each.step == part.step + 1)
    for after in following:
        if after.name in by_name:
            yield by_name[after.name]
        else:
            yield from _after(after, by_name)


def _node(part: DiagramPart, outcomes: list[Outcome], causes: set[str]) -> DiagramNode:
    worst_first = sorted(outcomes, key=lambda outcome: list(PartState).index(_state(outcome, causes)))
    state = _state(worst_first[0], causes)
    many = len(outcomes)
    if state in {PartState.SKIPPED, PartState.HEALTHY}:
        passed = sum(outcome.status is Status.PASS for outcome in outcomes)
        # A part is healthy only where most of its checks ran; a few that are not applicable are normal.
        blocked = any(outcome.blocked_by for outcome in outcomes)
        state = PartState.HEALTHY if passed > many - passed and not blocked else PartState.SKIPPED
        count = f"{passed} of {many} passed"
    else:
        same_state = sum(_state(outcome, causes) is state for outcome in outcomes)
        count = f"{same_state} of {many} {_ENDED[state]}"
    return DiagramNode(part=part, state=state, count=count, checks=tuple(outcome.check for outcome in worst_first))


def _state(outcome: Outcome, causes: set[str]) -> PartState:
    follows = outcome.status is Status.FAIL and outcome.explained_by and outcome.check not in causes
    return PartState.CONSEQUENCE if follows else _STATES[outcome.status]
