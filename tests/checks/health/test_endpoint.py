"""The health endpoint of the worker."""

import pytest

from checks.health.endpoint import ENDPOINT
from diagnose.check.api import NotApplicableError
from diagnose.queries.exec_survey.survey import Fetched
from tests.support.kit import Json, codes, context, findings
from tests.support.objects import pod
from tests.support.probes import URL, probed


@pytest.mark.parametrize(
    ("fetched", "ready", "expected"),
    [
        (Fetched(URL, 200, '{"status":"ok"}'), True, []),
        (Fetched(URL, 503, '{"status":"error"}'), False, ["health.endpoint-unhealthy"]),
        (Fetched(URL, error="ECONNREFUSED"), False, ["health.endpoint-silent"]),
        (Fetched(URL, 204), True, []),
        (Fetched(URL, 302), True, []),
        (Fetched(URL, 399), True, []),
        (Fetched(URL, 400), False, ["health.endpoint-unhealthy"]),
        (Fetched(URL, 199), False, ["health.endpoint-unhealthy"]),
    ],
)
def test_the_endpoint_is_judged_by_its_answer(fetched: Fetched, ready: bool, expected: list[str]) -> None:
    assert codes(ENDPOINT, probed(fetched, ready=ready)) == expected


def test_a_pod_that_starts_may_be_silent() -> None:
    assert codes(ENDPOINT, probed(Fetched(URL, error="ECONNREFUSED"), ready=False, since_s=10)) == []


def test_a_pod_without_a_probe_has_no_endpoint() -> None:
    with pytest.raises(NotApplicableError):
        findings(ENDPOINT, context(pod()))


@pytest.mark.parametrize(
    "more", [{"scheme": "HTTPS"}, {"host": "example.org"}, {"httpHeaders": [{"name": "Host", "value": "a"}]}]
)
def test_an_answer_to_another_request_than_the_probes_proves_nothing(more: Json) -> None:
    probe = {"httpGet": {"port": 8080, "path": "/health", **more}}
    with pytest.raises(NotApplicableError):
        codes(ENDPOINT, probed(Fetched(URL, 400), ready=False, container={"readinessProbe": probe}))
