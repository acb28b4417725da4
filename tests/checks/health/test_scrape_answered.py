"""The metrics that the pod's annotations promise."""

import pytest

from checks.health.scrape_answered import SCRAPE_ANSWERED
from diagnose.queries.exec_survey.survey import Fetched
from tests.support.kit import codes, context, findings
from tests.support.objects import pod
from tests.support.probes import probed

URL = "http://127.0.0.1:9090/metrics"
NOTES = {"prometheus.io/scrape": "true", "prometheus.io/port": "9090"}


@pytest.mark.parametrize(("status", "expected"), [(404, [("health.metrics-absent", 1)]), (200, [])])
def test_a_scrape_that_gets_no_metrics_is_found(status: int, expected: list[tuple[str, int]]) -> None:
    found = findings(SCRAPE_ANSWERED, probed(Fetched(URL, status), annotations=NOTES))
    assert [(each.code, len(each.subjects)) for each in found] == expected


def test_without_the_annotation_nothing_is_promised() -> None:
    assert codes(SCRAPE_ANSWERED, context(pod(ready=True))) == []
