"""The health endpoint of the worker."""

import pytest

from checks.health.endpoint import ENDPOINT
from diagnose.check.api import Context, NotApplicableError
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import Fetched
from tests.support.kit import Json, codes, context, findings
from tests.support.objects import crashing, event, pod, running, terminated
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


def reported(kind: str, message: str, *, restarts: int = 0, port: int = 8080) -> Context:
    """Returns what a check sees of a pod that cannot be inspected, of which the kubelet reports a failed probe."""
    main = {"name": "web", f"{kind}Probe": {"httpGet": {"port": port}, "periodSeconds": 5, "initialDelaySeconds": 5}}
    status = {"containerStatuses": [running("web", ready=False, since_s=3, restartCount=restarts)]}
    if not restarts:
        status = {"containerStatuses": [running("web", ready=False, since_s=300)]}
    failed = event("Unhealthy", f"{kind.capitalize()} probe failed: {message}", age_s=4)
    return context(pod("worker-1", main, status=status), container=main, events=[failed])


DIAL = 'Get "http://10.1.0.9:8080/": dial tcp 10.1.0.9:8080: connect: connection refused'


@pytest.mark.parametrize(
    ("kind", "message", "restarts", "code", "text"),
    [
        ("readiness", "HTTP probe failed with statuscode: 503", 0, "health.endpoint-unhealthy", "with 503"),
        ("readiness", DIAL, 0, "health.endpoint-silent", "connection refused"),
        ("liveness", DIAL, 4, "health.probe-unanswered", "grants a start 20 s"),
    ],
)
def test_without_an_exec_survey_the_kubelets_report_is_judged(
    kind: str, message: str, restarts: int, code: str, text: str
) -> None:
    (found,) = findings(ENDPOINT, reported(kind, message, restarts=restarts))
    assert found.code == code
    assert text in found.summary


def test_a_kill_by_a_probe_that_nothing_answers_has_several_explanations() -> None:
    (found,) = findings(ENDPOINT, reported("liveness", DIAL, restarts=4))
    assert found.confidence is Confidence.LIKELY


def test_a_path_that_does_not_exist_is_left_to_its_own_check() -> None:
    assert codes(ENDPOINT, reported("readiness", "HTTP probe failed with statuscode: 404")) == []


def test_a_failure_that_the_kubelet_reports_no_more_explains_the_kills_that_it_still_reports() -> None:
    main = {"name": "web", "livenessProbe": {"httpGet": {"port": 8080}}}
    own = pod("worker-1", main, status={"containerStatuses": [crashing(137, container="web", ended_s=60)]})
    failed = event("Unhealthy", f"Liveness probe failed: {DIAL}", age_s=2000)
    kill = event("Killing", "Container web failed liveness probe, will be restarted", age_s=61)
    assert codes(ENDPOINT, context(own, container=main, events=[failed, kill])) == ["health.probe-unanswered"]
    (found,) = findings(ENDPOINT, context(own, container=main, events=[kill]))
    assert (found.code, found.confidence) == ("health.probe-unanswered", Confidence.LIKELY)


def restarted(*, runs_s: int, restarts: int = 1) -> Context:
    """Returns what a check sees of a ready pod that its liveness probe ended after a run of 30 s."""
    probe = {"httpGet": {"port": 8080}, "periodSeconds": 5}
    main = {"name": "web", "readinessProbe": probe, "livenessProbe": probe}
    ended = terminated(137, ended_s=runs_s + 2)
    status = running("web", since_s=runs_s, restartCount=restarts, lastState=ended)
    messages = {
        "Liveness probe failed: connection refused": runs_s + 5,
        "Readiness probe failed: connection refused": runs_s - 2,
    }
    failed = [event("Unhealthy", message, age_s=age_s) for message, age_s in messages.items()]
    kill = event("Killing", "Container web failed liveness probe, will be restarted", age_s=runs_s + 4)
    own = pod("worker-1", main, ready=True, status={"containerStatuses": [status]})
    return context(own, container=main, events=[*failed, kill])


def test_a_ready_pod_that_outlives_the_run_that_probes_ended_has_recovered() -> None:
    assert codes(ENDPOINT, restarted(runs_s=40)) == []


@pytest.mark.parametrize(("runs_s", "restarts"), [(12, 1), (33, 1), (40, 2)])
def test_a_ready_pod_that_may_be_ended_by_its_probe_again_is_reported_by_that_probe(runs_s: int, restarts: int) -> None:
    (found,) = findings(ENDPOINT, restarted(runs_s=runs_s, restarts=restarts))
    assert (found.code, found.confidence) == ("health.probe-unanswered", Confidence.LIKELY)
    assert "liveness" in found.summary
