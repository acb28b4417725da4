"""Distinguishes causes from consequences: one pure function over outcomes."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Check
from diagnose.model.report import Cause, Finding, Outcome, Severity, Status


class _Node(msgspec.Struct, frozen=True):
    """A finding with the check that reported it."""

    check: str
    finding: Finding


def explain(outcomes: tuple[Outcome, ...], checks: Iterable[Check]) -> tuple[tuple[Outcome, ...], tuple[Cause, ...]]:
    """Returns the outcomes with what explains them, and the causes, the one that explains most first.

    A finding follows from another where the other's stage is an earlier one, or an exception names the other's check
    or code; both are about at least one pod in common, and the other is at least as severe.
    """
    declared = {check.id: check for check in checks}
    nodes = [_Node(outcome.check, finding) for outcome in outcomes for finding in outcome.findings]
    parents = {id(node): _parents(node, nodes, declared) for node in nodes}
    marked = tuple(replace(outcome, explained_by=_explained_by(outcome, nodes, parents)) for outcome in outcomes)
    roots = [node for node in nodes if not parents[id(node)] and node.finding.severity is not Severity.INFO]
    causes = [
        Cause(check=root.check, finding=root.finding, explains=_explains(root, nodes, parents, outcomes))
        for root in roots
    ]
    causes.sort(key=lambda cause: (-cause.finding.severity.rank, -len(cause.explains)))
    return marked, tuple(causes)


def follows(later: Cause, earlier: Cause, checks: Iterable[Check]) -> bool:
    """Whether a cause would follow from another one, had both been found by one run."""
    declared = {check.id: check for check in checks}
    node, other = _Node(later.check, later.finding), _Node(earlier.check, earlier.finding)
    return bool(_parents(node, [other], declared))


def causes_of(outcomes: Iterable[Outcome]) -> tuple[Cause, ...]:
    """Returns each finding as a cause of its own, the most severe first, where nothing can be explained."""
    causes = [Cause(check=outcome.check, finding=finding) for outcome in outcomes for finding in outcome.findings]
    return tuple(sorted(causes, key=lambda cause: -cause.finding.severity.rank))


def settled(outcomes: tuple[Outcome, ...], before: Iterable[Cause], after: Iterable[Cause]) -> tuple[Outcome, ...]:
    """Returns the outcomes with the findings of the causes as they became, so that a report has each finding once."""
    became = {(old.check, old.finding): new.finding for old, new in zip(before, after, strict=True)}
    return tuple(
        replace(each, findings=tuple(became.get((each.check, finding), finding) for finding in each.findings))
        for each in outcomes
    )


def _parents(node: _Node, nodes: list[_Node], declared: Mapping[str, Check]) -> list[_Node]:
    return [
        other
        for other in nodes
        if _is_declared(node, other, declared)
        and other.finding.shares_pods_with(node.finding)
        and other.finding.severity.rank >= node.finding.severity.rank
    ]


def _is_declared(node: _Node, other: _Node, declared: Mapping[str, Check]) -> bool:
    """Whether the stages, or an exception, let a finding follow from another one."""
    check, origin = declared.get(node.check), declared.get(other.check)
    if check is None or origin is None:
        return False
    if {other.check, other.finding.code}.intersection(check.exceptions_of(node.finding.code)):
        return True
    return origin.stage_of(other.finding.code) in check.stage_of(node.finding.code).earlier


def _explained_by(outcome: Outcome, nodes: list[_Node], parents: Mapping[int, list[_Node]]) -> tuple[str, ...]:
    """Returns the codes that explain a failed outcome, where all its findings are explained."""
    nodes_of_check = [node for node in nodes if node.check == outcome.check]
    if not nodes_of_check or any(not parents[id(node)] for node in nodes_of_check):
        return ()
    return tuple(dict.fromkeys(parent.finding.code for node in nodes_of_check for parent in parents[id(node)]))


def _explains(
    root: _Node, nodes: list[_Node], parents: Mapping[int, list[_Node]], outcomes: tuple[Outcome, ...]
) -> tuple[str, ...]:
    """Returns the ids of the checks that fail or are skipped because of this finding, direct ones first."""
    reached = [root]
    for node in reached:
        reached.extend(other for other in nodes if node in parents[id(other)] and other not in reached)
    failed = [node.check for node in reached if node.check != root.check]
    blocked = [
        outcome.check
        for outcome in outcomes
        if outcome.status is Status.SKIP and set(outcome.blocked_by) & {root.check, *failed}
    ]
    return tuple(dict.fromkeys((*failed, *blocked)))
