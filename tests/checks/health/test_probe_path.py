"""The path that the probes ask for."""

import pytest

from checks.health.probe_path import PROBE_PATH
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import Fetched
from tests.support.kit import GENERIC, WORKER, codes, findings
from tests.support.objects import event
from tests.support.probes import URL, probed


@pytest.mark.parametrize(("status", "expected"), [(404, ["health.path-not-found"]), (200, []), (503, [])])
def test_a_path_that_the_worker_does_not_serve_is_found(status: int, expected: list[str]) -> None:
    assert codes(PROBE_PATH, probed(Fetched(URL, status), ready=status == 200)) == expected


def test_without_an_exec_survey_the_kubelets_event_reports_the_path() -> None:
    failed = event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404")
    assert codes(PROBE_PATH, probed(ready=False, events=[failed])) == ["health.path-not-found"]


def test_a_fix_never_sets_the_path_that_is_requested_already() -> None:
    failed = event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404")
    (found,) = findings(PROBE_PATH, probed(ready=False, events=[failed]))
    assert " edit deployment " in str(found.remediation.steps[0].command)


def test_of_a_program_whose_path_is_unknown_another_answer_than_a_wrong_path_is_possible() -> None:
    probe = {"readinessProbe": {"httpGet": {"port": 8080, "path": "/ready"}}}
    asked = Fetched("http://127.0.0.1:8080/ready", 404)
    found = [
        findings(PROBE_PATH, probed(asked, ready=False, container=probe, profile=each))[0] for each in (GENERIC, WORKER)
    ]
    assert [each.confidence for each in found] == [Confidence.LIKELY, Confidence.CERTAIN]
