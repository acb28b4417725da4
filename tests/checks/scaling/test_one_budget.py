"""The disruption budget of the pods."""

import pytest

from checks.scaling.one_budget import ONE_BUDGET
from tests.support.kit import Json, codes, context
from tests.support.objects import disruption_budget


@pytest.mark.parametrize(
    ("budgets", "expected"),
    [
        (
            [disruption_budget(maxUnavailable=1), disruption_budget("second", maxUnavailable=1)],
            ["scaling.budgets-overlap"],
        ),
        ([disruption_budget(selects={"app": "other"})], ["scaling.budget-selects-none"]),
        # Somebody else's.
        ([disruption_budget("other", selects={"app": "other"})], []),
        ([disruption_budget(maxUnavailable=1), disruption_budget("other", selects={"app": "other"})], []),
    ],
)
def test_one_budget_is_for_the_pods(budgets: list[Json], expected: list[str]) -> None:
    assert codes(ONE_BUDGET, context(poddisruptionbudgets=budgets)) == expected
