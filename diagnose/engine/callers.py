"""What a workload cannot reach because of the fault of another one: a pure function of the reports of all.

The caller's finding and that of the workload behind the Service are about one fault, which is at the latter.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from diagnose.engine.several import Part
from diagnose.model.report import Cause, Finding, Outcome, Verdict
from diagnose.resources import Service
from diagnose.resources.selectors import selects

UNREACHED = frozenset({"no-endpoints", "refused", "timed-out"})
"""What the codes of callers end with, whatever their topic."""
_OFF = "workload.scaled-to-zero"
"""A decision, and so only a warning by itself, whatever fails elsewhere by it."""
_SHARED_KINDS = frozenset({"service", "networkpolicy"})


class _Node(msgspec.Struct, eq=False, dict=True):
    """A cause of one workload, with those of other workloads that it follows from."""

    part: Part
    cause: Cause
    parents: "list[_Node]" = msgspec.field(default_factory=list)

    @property
    def is_of_caller(self) -> bool:
        """Whether it is about something else that the workload cannot reach."""
        return self.cause.finding.code.partition(".")[2] in UNREACHED

    @cached_property
    def objects(self) -> frozenset[str]:
        """The Services and policies that the cause, or one of its consequences, names: "kind/namespace/name"."""
        explained = (each for each in self.part.report.outcomes if each.check in self.cause.explains)
        consequences = (finding for each in explained if each.explained_by for finding in each.findings)
        namespace = self.part.target.namespace
        return frozenset(name for each in (self.cause.finding, *consequences) for name in _named(each, namespace))

    @property
    def roots(self) -> "list[_Node]":
        """The causes that it follows from in the end; none where workloads only wait for each other."""
        reached = [self]
        for node in reached:
            reached.extend(each for each in node.parents if each not in reached)
        return [each for each in reached if not each.parents and each is not self]


def linked(parts: Iterable[Part], services: Sequence[Service]) -> tuple[Part, ...]:
    """Returns the parts, in which what follows from the cause of another part is its consequence, and no cause."""
    parts = tuple(parts)
    nodes = [_Node(part, cause) for part in parts for cause in part.report.causes]
    for node in nodes:
        node.parents = list(_parents(node, nodes, services)) if node.is_of_caller else []
    following = [(node, roots) for node in nodes if (roots := node.roots)]
    return tuple(_without(part, following) for part in parts) if following else parts


def _parents(node: _Node, nodes: Iterable[_Node], services: Sequence[Service]) -> Iterator[_Node]:
    namespace, finding = node.part.target.namespace, node.cause.finding
    named = frozenset(_named(finding, namespace))
    called = [each for each in services if f"service/{each.metadata.namespace}/{each.name}" in named]
    for other in nodes:
        if other.part is node.part:
            continue
        is_off = other.cause.finding.code == _OFF and any(_selects(each, other.part) for each in called)
        is_minor = other.cause.finding.severity.rank < finding.severity.rank
        is_same = not other.is_of_caller and not named.isdisjoint(other.objects)
        if is_off or (not is_minor and (is_same or any(_is_down(other.part, each) for each in called))):
            yield other


def _named(finding: Finding, namespace: str) -> Iterator[str]:
    for kind, _, name in (each.partition("/") for each in finding.subjects):
        if kind in _SHARED_KINDS:
            yield f"{kind}/{name if '/' in name else f'{namespace}/{name}'}"


def _selects(service: Service, part: Part) -> bool:
    """Whether a Service selects the pods of a workload, those that it would have included."""
    target = part.target
    labels = [pod.metadata.labels for pod in target.pods] or [target.template.metadata.labels]
    same = target.namespace == service.metadata.namespace
    return same and any(selects(service.spec.selector, each) for each in labels)


def _is_down(part: Part, service: Service) -> bool:
    """Whether a Service selects pods of a workload none of which is ready."""
    return part.report.verdict is Verdict.BROKEN and not part.target.ready_pods and _selects(service, part)


def _without(part: Part, following: Sequence[tuple[_Node, list[_Node]]]) -> Part:
    """Returns a part without its causes that follow from others, and with what its own explain elsewhere."""
    own = [(node, roots) for node, roots in following if node.part is part]
    gone = [node.cause for node, _ in own]
    explained = [(root.cause, node.cause) for node, roots in following for root in roots if root.part is part]
    causes = tuple(_explaining(each, explained) for each in part.report.causes if each not in gone)
    outcomes = tuple(_explained(each, own, causes) for each in part.report.outcomes)
    return replace(part, report=replace(part.report, causes=causes, outcomes=outcomes), follows=tuple(gone))


def _explaining(cause: Cause, explained: Iterable[tuple[Cause, Cause]]) -> Cause:
    others = [other for root, other in explained if root is cause]
    checks = dict.fromkeys((*cause.explains, *(check for each in others for check in (each.check, *each.explains))))
    worst = max((cause, *others), key=lambda each: each.finding.severity.rank).finding.severity
    return replace(
        cause,
        finding=replace(cause.finding, severity=worst),
        explains=tuple(each for each in checks if each != cause.check),
    )


def _explained(outcome: Outcome, own: Iterable[tuple[_Node, list[_Node]]], causes: Iterable[Cause]) -> Outcome:
    """Returns an outcome with the codes that explain it, where none of its findings is still a cause."""
    codes = (root.cause.finding.code for node, roots in own if node.cause.check == outcome.check for root in roots)
    if any(each.check == outcome.check for each in causes):
        return outcome
    return replace(outcome, explained_by=tuple(dict.fromkeys((*outcome.explained_by, *codes))))
