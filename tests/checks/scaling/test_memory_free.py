"""Memory against its limit, as exec surveys read it."""

from typing import Any

import pytest

from checks.scaling.memory_free import MEMORY_FREE
from diagnose.model.report import Status
from diagnose.queries.exec_survey.survey import Process
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from tests.support.kit import Json, codes, context, outcome, survey
from tests.support.objects import pod


@pytest.mark.parametrize(("used", "expected"), [(800, []), (850, ["scaling.memory-near-limit"])])
def test_memory_is_judged_by_the_threshold(used: int, expected: list[str]) -> None:
    one = pod("a", {"name": "worker", "resources": {"limits": {"memory": "1000"}}}, ready=True)
    process = Process(memory=used, memory_limit=1000)
    assert codes(MEMORY_FREE, context(one, surveys=[survey(one, process=process)])) == expected


LIMITED = {"name": "worker", "resources": {"limits": {"memory": "1000"}}}
DENIED = NoAnswerError("exec into pod a, container worker: forbidden")


def metered(used: str) -> Json:
    """Returns what the metrics API reports of a pod."""
    return {"metadata": {"name": "a"}, "containers": [{"name": "worker", "usage": {"memory": used}}]}


@pytest.mark.parametrize(("used", "status"), [("500", Status.PASS), ("900", Status.WARN)])
def test_without_an_exec_survey_the_metrics_api_reports_the_usage(used: str, status: Status) -> None:
    one = pod("a", LIMITED, ready=True)
    kinds: dict[str, Any] = {"pods.metrics.k8s.io": [metered(used)]}
    ctx = context(one, survey_problems=[DENIED], **kinds)
    assert outcome(MEMORY_FREE, ctx).status is status


def test_nothing_measures_memory_without_exec_and_metrics() -> None:
    refused = {"pods.metrics.k8s.io": NotFoundError("list pods.metrics.k8s.io: not found")}
    ctx = context(pod("a", LIMITED, ready=True), survey_problems=[DENIED], refused=refused)
    assert outcome(MEMORY_FREE, ctx).status is Status.SKIP


def test_metrics_that_may_not_be_read_are_unknown() -> None:
    refused = {"pods.metrics.k8s.io": ForbiddenError("list pods.metrics.k8s.io is forbidden")}
    ctx = context(pod("a", LIMITED, ready=True), survey_problems=[DENIED], refused=refused)
    assert outcome(MEMORY_FREE, ctx).status is Status.UNKNOWN


def test_a_container_without_a_limit_has_none_to_reach() -> None:
    assert outcome(MEMORY_FREE, context(pod("a", ready=True), survey_problems=[DENIED])).status is Status.SKIP
