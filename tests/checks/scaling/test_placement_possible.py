"""Nodes for pods that must be apart."""

import pytest

from checks.scaling.placement_possible import PLACEMENT_POSSIBLE
from diagnose.check.api import Context, NotApplicableError
from diagnose.model.report import Severity
from tests.support.kit import LABELS, Json, codes, context, findings
from tests.support.objects import autoscaler, node, rolling

APART = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": LABELS}}
        ]
    }
}
FOUR = [node(f"n{each}") for each in range(4)]


@pytest.mark.parametrize(
    ("nodes", "most", "missing", "severity"),
    [
        (FOUR, 4, 0, None),
        (FOUR, 10, 0, Severity.WARNING),
        # The pod that a rollout adds fits nowhere.
        (FOUR[:3], 3, 0, Severity.CRITICAL),
        (FOUR[:3], 3, 1, None),
        (FOUR[:2], 3, 1, Severity.CRITICAL),
        ([*FOUR[:3], node("c", cordoned=True), node("t", taint="gpu")], 3, 0, Severity.CRITICAL),
    ],
)
def test_pods_that_must_be_apart_need_a_node_each(
    nodes: list[Json], most: int, missing: int, severity: Severity | None
) -> None:
    ctx = context(
        nodes=nodes,
        horizontalpodautoscalers=[autoscaler(most=most)],
        deployment=rolling(1, missing),
        spec={"affinity": APART},
    )
    assert [each.severity for each in findings(PLACEMENT_POSSIBLE, ctx)] == ([severity] if severity else [])


def test_a_spread_that_is_no_rule_is_left_alone() -> None:
    def spread(**rule: str) -> Context:
        return context(nodes=FOUR, spec={"topologySpreadConstraints": [{"topologyKey": "zone", **rule}]})

    with pytest.raises(NotApplicableError):
        findings(PLACEMENT_POSSIBLE, spread(whenUnsatisfiable="ScheduleAnyway"))
    assert codes(PLACEMENT_POSSIBLE, spread()) == ["scaling.spread-impossible"]
