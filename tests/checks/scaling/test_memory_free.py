"""Memory against its limit, as exec surveys read it."""

import pytest

from checks.scaling.memory_free import MEMORY_FREE
from diagnose.queries.exec_survey.survey import Process
from tests.support.kit import codes, context, survey
from tests.support.objects import pod


@pytest.mark.parametrize(("used", "expected"), [(800, []), (850, ["scaling.memory-near-limit"])])
def test_memory_is_judged_by_the_threshold(used: int, expected: list[str]) -> None:
    one = pod("a", {"name": "worker", "resources": {"limits": {"memory": "1000"}}}, ready=True)
    process = Process(memory=used, memory_limit=1000)
    assert codes(MEMORY_FREE, context(one, surveys=[survey(one, process=process)])) == expected
