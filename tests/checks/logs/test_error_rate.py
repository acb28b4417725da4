"""The errors that running programs log."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checks.logs.error_rate import ERROR_RATE
from diagnose.check.api import Context, NotApplicableError
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Finding, Severity, Status
from diagnose.queries.kubernetes import LogLine, LogText
from tests.support.kit import NOW, WORKER, codes, context, findings, log, outcome
from tests.support.objects import pod, running, terminated


def lines(*texts: str, every_s: float = 2.0) -> list[LogLine]:
    return [
        LogLine(text, NOW - timedelta(seconds=every_s * (len(texts) - number))) for number, text in enumerate(texts)
    ]


def logged(*texts: str, ready: bool = True, every_s: float = 2.0) -> Context:
    own = pod(ready=ready, status={"containerStatuses": [running(ready=ready)]})
    return context(own, logs=[log(*lines(*texts, every_s=every_s), ready=ready)])


def judged(*texts: str, ready: bool = True, every_s: float = 2.0) -> Finding:
    [finding] = findings(ERROR_RATE, logged(*texts, ready=ready, every_s=every_s))
    return finding


def test_one_error_of_a_ready_program_is_a_warning_with_its_lines_around() -> None:
    texts = [f"INFO order {number} saved" for number in range(300)]
    texts[200] = 'ERROR POST /checkout failed with 500: the pool of "shop-db" timed out'
    finding = judged(*texts, every_s=1)
    assert (finding.code, finding.severity) == ("logs.errors", Severity.WARNING)
    assert finding.summary == (
        'Pod worker-1 logs: POST /checkout failed with 500: the pool of "shop-db" timed out (once, 100 s ago).'
    )
    assert finding.evidence[1].text.split("\n") == texts[195:206]


def test_a_program_that_logs_only_errors_is_broken() -> None:
    finding = judged(*["curl: (7) Failed to connect to backend port 8080: Connection refused"] * 10)
    assert (finding.code, finding.severity) == ("logs.only-errors", Severity.CRITICAL)
    assert "(10 times in 20 s, last 2 s ago)" in finding.summary
    assert finding.evidence[0].count == 10


def test_of_several_errors_the_first_is_reported_and_the_others_follow() -> None:
    finding = judged(*["ERROR lost redis:6379: timed out", "ERROR cart is unavailable", "ERROR no checkout"] * 5)
    assert finding.summary.startswith("Pod worker-1 logs: lost redis:6379: timed out (5 times")
    assert finding.summary.endswith("then 2 other errors.")
    assert [each.text for each in finding.evidence[2:]] == ["ERROR cart is unavailable", "ERROR no checkout"]


def test_the_errors_of_several_pods_are_one_finding_about_the_first() -> None:
    def of(name: str, text: str, ago_s: int) -> ContainerLog:
        return log(LogLine(text, NOW - timedelta(seconds=ago_s)), pod=name, ready=True)

    own = [pod(name, ready=True) for name in ("worker-1", "worker-2", "worker-3")]
    logs = [of("worker-1", "ERROR no checkout: 503", 50), of("worker-2", "ERROR lost redis:6379: timed out", 60),
            of("worker-3", "ERROR lost redis:6379: timed out", 55)]  # fmt: skip
    [finding] = findings(ERROR_RATE, context(*own, logs=logs))
    assert finding.summary.startswith("2 of 3 pods log: lost redis:6379: timed out (2 times")
    assert set(finding.pods) == {"worker-1", "worker-2", "worker-3"}


def test_errors_of_a_pod_that_is_not_ready_are_critical_once_it_should_have_started() -> None:
    texts = ["ERROR cannot reach shop-db:5432: refused", "INFO tick done", "INFO tick done"] * 10
    assert judged(*texts, ready=False).severity is Severity.CRITICAL


def test_a_program_that_ended_well_with_an_error_in_its_log_is_a_warning() -> None:
    done = {"name": "worker", "ready": False, "state": terminated(0, "Completed")}
    own = pod(status={"phase": "Succeeded", "containerStatuses": [done]}, restartPolicy="Never")
    [finding] = findings(ERROR_RATE, context(own, logs=[log(*lines("start", "DEPLOY_ENV is undefined", "done"))]))
    assert finding.severity is Severity.WARNING
    assert finding.summary.startswith("Pod worker-1 logs: DEPLOY_ENV is undefined (once")


def test_failed_requests_are_counted_of_all() -> None:
    request = '10.0.0.1 - - [24/Nov/2026:18:30:00 +0000] "GET /orders HTTP/1.1" {} 12 "-" "x"'
    finding = judged(*([request.format(200)] * 9 + [request.format(502)]) * 10)
    assert finding.summary.startswith("Pod worker-1 logs, for 10 of 100 requests: GET /orders was answered with 502")


def test_a_full_pool_is_a_limit() -> None:
    assert judged(*["db pool: 100/100 connections in use"] * 3).code == "logs.limit-reached"


@pytest.mark.parametrize(
    "texts", [["0 errors", "started", "no error so far"] * 9, ["retrying: refused", "connected"], []]
)
def test_a_healthy_program_is_silent(texts: list[str]) -> None:
    assert findings(ERROR_RATE, logged(*texts)) == []


def test_a_log_of_a_run_that_ended_is_left_to_other_checks() -> None:
    with pytest.raises(NotApplicableError):
        findings(ERROR_RATE, context(pod(), logs=[log("error: job failed")]))


@pytest.mark.parametrize(("level", "expected"), [("error", ["logs.error-rate"]), ("info", [])])
def test_many_errors_a_minute_of_a_known_worker_are_found(level: str, expected: list[str]) -> None:
    own = [LogLine(f"{level}: job failed", NOW - timedelta(seconds=each)) for each in range(120, 0, -1)]
    assert codes(ERROR_RATE, context(pod(ready=True), profile=WORKER, logs=[log(*own, ready=True)])) == expected


def test_the_rate_is_of_the_lines_since_the_last_gap() -> None:
    old = [LogLine("info: started", NOW - timedelta(seconds=500))]
    new = [LogLine("error: job failed", NOW - timedelta(seconds=each)) for each in range(60, 0, -1)]
    found = replace(log(ready=True), text=LogText(tuple(old), tuple(new), cut=10_000))
    [finding] = findings(ERROR_RATE, context(pod(ready=True), profile=WORKER, logs=[found]))
    assert "logs 60 errors a minute" in finding.summary


def test_what_fails_always_and_what_fails_sometimes_are_two_findings() -> None:
    several = pod(
        "worker-1",
        {"name": "worker"},
        {"name": "side"},
        ready=True,
        status={"containerStatuses": [running(), running("side")]},
    )
    often = lines(*["ERROR no stock of 17: exceeded", "INFO order saved"] * 10)
    always = lines(*["cannot send to http://audit/in: 401 unauthorized"] * 20)
    logs = [log(*often, ready=True), log(*always, ready=True, container="side", writer=Writer.SIDECAR)]
    found = findings(ERROR_RATE, context(several, logs=logs))
    assert [(each.code, each.severity) for each in found] == [
        ("logs.only-errors", Severity.CRITICAL),
        ("logs.errors", Severity.WARNING),
    ]
    assert found[0].summary.startswith("Container side of pod worker-1 logs: cannot send")


@pytest.mark.parametrize(("newest_s", "expected"), [(60, Status.UNKNOWN), (3600, Status.PASS)])
def test_lines_that_were_not_read_are_unknown_where_they_may_be_recent(newest_s: float, expected: Status) -> None:
    texts = [LogLine("tick", NOW - timedelta(seconds=newest_s * (10 - number) / 10)) for number in range(10)]
    unread = replace(log(ready=True), text=LogText((), tuple(texts), gap="read log: not all of it was read"))
    assert outcome(ERROR_RATE, context(pod(ready=True), logs=[unread])).status is expected
