"""The metrics that the pod's annotations promise."""

import pytest

from checks.health.scrape_answered import SCRAPE_ANSWERED
from diagnose.model.report import Status
from diagnose.queries.exec_survey.survey import Fetched, Listener
from tests.support.kit import context, findings, outcome, survey
from tests.support.objects import pod
from tests.support.probes import probed

URL = "http://127.0.0.1:9090/metrics"
NOTES = {"prometheus.io/scrape": "true", "prometheus.io/port": "9090"}


@pytest.mark.parametrize(("status", "expected"), [(404, [("health.metrics-absent", 1)]), (200, [])])
def test_a_scrape_that_gets_no_metrics_is_found(status: int, expected: list[tuple[str, int]]) -> None:
    found = findings(SCRAPE_ANSWERED, probed(Fetched(URL, status), annotations=NOTES))
    assert [(each.code, len(each.subjects)) for each in found] == expected


def test_without_the_annotation_nothing_is_promised() -> None:
    assert outcome(SCRAPE_ANSWERED, context(pod(ready=True))).status is Status.SKIP


@pytest.mark.parametrize(
    ("listening", "status"), [(Listener(8080), Status.WARN), (Listener(9090), Status.UNKNOWN)], ids=["closed", "open"]
)
def test_without_a_request_the_open_ports_tell_whether_a_scrape_can_succeed(
    listening: Listener, status: Status
) -> None:
    own = pod(ready=True)
    ctx = context(own, annotations=NOTES, surveys=[survey(own, tool="sh", listening=(listening,))])
    assert outcome(SCRAPE_ANSWERED, ctx).status is status


@pytest.mark.parametrize("port", ["metrics", "99999", "-1"])
def test_a_port_that_is_none_is_ignored_as_prometheus_does(port: str) -> None:
    own = pod(ready=True)
    declared = {"ports": [{"containerPort": 9090}]}
    ctx = context(
        own,
        annotations=NOTES | {"prometheus.io/port": port},
        container=declared,
        surveys=[survey(own, tool="sh", listening=(Listener(8080),))],
    )
    (found,) = findings(SCRAPE_ANSWERED, ctx)
    assert ":9090/metrics" in found.summary
