"""The health endpoint of the worker."""

import pytest

from checks.health.endpoint import ENDPOINT
from diagnose.check.api import NotApplicableError
from diagnose.queries.exec_survey.survey import Fetched
from tests.support.kit import codes, context, findings
from tests.support.objects import pod
from tests.support.probes import URL, probed


@pytest.mark.parametrize(
    ("fetched", "ready", "expected"),
    [
        (Fetched(URL, 200, '{"status":"ok"}'), True, []),
        (Fetched(URL, 503, '{"status":"error"}'), False, ["health.endpoint-unhealthy"]),
        (Fetched(URL, error="ECONNREFUSED"), False, ["health.endpoint-silent"]),
    ],
)
def test_the_endpoint_is_judged_by_its_answer(fetched: Fetched, ready: bool, expected: list[str]) -> None:
    assert codes(ENDPOINT, probed(fetched, ready=ready)) == expected


def test_a_pod_that_starts_may_be_silent() -> None:
    assert codes(ENDPOINT, probed(Fetched(URL, error="ECONNREFUSED"), ready=False, since_s=10)) == []


def test_a_pod_without_a_probe_has_no_endpoint() -> None:
    with pytest.raises(NotApplicableError):
        findings(ENDPOINT, context(pod()))
