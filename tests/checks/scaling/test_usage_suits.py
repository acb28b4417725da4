"""Memory against its limit, as the metrics API reports it."""

from typing import Any

import pytest

from checks.scaling.usage_suits import USAGE_SUITS
from diagnose.check.api import NotApplicableError
from diagnose.queries.exec_survey.survey import Process
from diagnose.queries.query import NotFoundError
from tests.support.kit import Json, codes, context, findings, survey
from tests.support.objects import pod


def usage(memory: str, cpu: str = "10000000n") -> Json:
    return {"metadata": {"name": "a"}, "containers": [{"name": "worker", "usage": {"memory": memory, "cpu": cpu}}]}


def test_the_metrics_api_reports_usage_where_no_exec_survey_did() -> None:
    near = pod("a", {"name": "worker", "resources": {"limits": {"memory": "1Gi"}}}, ready=True)
    numbers: dict[str, Any] = {"pods.metrics.k8s.io": [usage("900000Ki")]}
    assert codes(USAGE_SUITS, context(near, **numbers)) == ["scaling.usage-near-limit"]
    # Then scaling.memory-free has said it.
    surveys = [survey(near, process=Process(memory=900, memory_limit=1000))]
    assert codes(USAGE_SUITS, context(near, surveys=surveys, **numbers)) == []


def test_a_cluster_without_metrics_is_no_fault() -> None:
    refused = {"pods.metrics.k8s.io": NotFoundError("the server could not find pods.metrics.k8s.io")}
    with pytest.raises(NotApplicableError):
        findings(USAGE_SUITS, context(pod("a", ready=True), refused=refused))
