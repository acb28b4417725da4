"""CPU throttling, as exec surveys read it."""

import pytest

from checks.scaling.cpu_free import CPU_FREE
from diagnose.check.api import Context, NotApplicableError
from diagnose.queries.exec_survey.survey import Process
from tests.support.kit import codes, context, findings, survey
from tests.support.objects import pod


def throttled(periods: int, held: int) -> Context:
    one = pod("a", {"name": "worker", "resources": {"limits": {"cpu": "100m"}}}, ready=True)
    return context(one, surveys=[survey(one, process=Process(cpu_periods=periods, cpu_throttled=held))])


@pytest.mark.parametrize(("count", "expected"), [(300, ["scaling.cpu-throttled"]), (200, [])])
def test_cpu_is_judged_by_the_threshold(count: int, expected: list[str]) -> None:
    assert codes(CPU_FREE, throttled(1000, count)) == expected


def test_a_container_that_has_hardly_worked_is_not_judged() -> None:
    with pytest.raises(NotApplicableError):
        findings(CPU_FREE, throttled(100, 99))
