"""The errors that running programs log."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from checks.logs.error_rate import ERROR_RATE
from diagnose.check.api import Context, NotApplicableError
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Finding, Severity, Status
from diagnose.queries.kubernetes import LogLine, LogText
from tests.support.kit import GENERIC, NOW, WORKER, codes, context, findings, log, outcome
from tests.support.objects import condition, pod, running, service, terminated, variables


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


REFUSED = "ERROR stock: dial tcp 10.96.0.7:8080: connect: connection refused"
STOCK = "GET http://stock:8080/items failed: connection refused"


def since_start(*texts: tuple[float, str], since_s: float = 300, ready: bool = True, **more: Any) -> list[str]:
    """Returns the codes of a program whose log has these texts, each so many seconds after its start."""
    own = pod(ready=ready, age_s=since_s, status={"containerStatuses": [running(ready=ready, since_s=since_s)]})
    entries = [LogLine(text, NOW - timedelta(seconds=since_s - after)) for after, text in texts]
    more["pods"] = [own, *more.get("pods", ())]
    return codes(ERROR_RATE, context(own, logs=[log(*entries, ready=ready)], profile=GENERIC, **more))


@pytest.mark.parametrize("after_s", [[2], [1, 2, 4, 8, 16, 32], [2] * 20])
def test_errors_of_what_was_not_available_yet_are_over_with_the_start(after_s: list[float]) -> None:
    assert since_start(*((each, REFUSED) for each in after_s)) == []
    assert since_start(*((each, f"WARN {REFUSED}") for each in after_s)) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([(2, REFUSED), (100, REFUSED)], "logs.errors"),
        ([(120, REFUSED)], "logs.errors"),
        ([(10 * each, REFUSED) for each in range(30)], "logs.only-errors"),
        ([(2, "ERROR order 17 is lost: KeyError: 'sum'")], "logs.errors"),
        ([(2, "ERROR cannot connect to stock: password authentication failed")], "logs.errors"),
        ([(2, f"{REFUSED}, giving up after 5 attempts")], "logs.errors"),
    ],
)
def test_errors_that_go_on_after_the_start_or_are_of_another_kind_are_reported(
    texts: list[tuple[float, str]], expected: str
) -> None:
    assert since_start(*texts) == [expected]


def test_an_error_of_the_start_is_reported_until_it_has_not_come_again_for_a_minute() -> None:
    assert since_start((2, REFUSED), since_s=50) == ["logs.errors"]
    assert since_start((2, REFUSED), since_s=70) == []


def test_an_error_of_the_start_is_reported_of_a_program_that_is_not_ready() -> None:
    assert since_start((2, REFUSED), ready=False) != []


def stock(*, began_s: float, ready_s: float, restarted: bool = False) -> dict[str, Any]:
    """Returns a Service and its pod, which began to start and was ready so many seconds ago."""
    ended: dict[str, Any] = {"lastState": terminated(1, ended_s=began_s)} if restarted else {}
    age_s, labels = 9000 if restarted else began_s, {"app": "stock"}
    status = {"containerStatuses": [running("stock", since_s=began_s, **ended)]}
    own = pod("stock-1", {"name": "stock"}, age_s=age_s, labels=labels, status=status)
    own["status"]["conditions"] = [condition("Ready", age_s=ready_s)]
    return {"services": [service("stock", selector=labels)], "pods": [own]}


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("text", [REFUSED, f"ERROR {STOCK}"])
def test_errors_while_a_dependency_started_are_over_with_its_start(restarted: bool, text: str) -> None:
    url = {"env": variables(STOCK_URL="http://stock:8080")}
    texts = [(700 + each, text) for each in (0, 5, 10)] + [(711 + each, "INFO tick") for each in range(9)]
    near = stock(began_s=200, ready_s=180, restarted=restarted)
    assert since_start(*texts, since_s=900, container=url, **near) == []
    for other in (stock(began_s=90, ready_s=80), stock(began_s=600, ready_s=580), {}):
        assert since_start(*texts, since_s=900, container=url, **other) == ["logs.errors"]


def test_the_start_of_another_dependency_ends_no_errors_that_name_theirs() -> None:
    urls = {"env": variables(STOCK_URL="http://stock:8080", PRICE_URL="http://price:8080")}
    near = stock(began_s=200, ready_s=180)
    text = f"ERROR {STOCK}".replace("stock", "price")
    assert since_start((700, text), since_s=900, container=urls, **near) == ["logs.errors"]


def test_a_log_of_a_run_that_ended_is_left_to_other_checks() -> None:
    with pytest.raises(NotApplicableError):
        findings(ERROR_RATE, context(pod(), logs=[log("error: job failed")]))


@pytest.mark.parametrize(("level", "expected"), [("error", ["logs.error-rate"]), ("info", [])])
def test_many_errors_a_minute_of_a_known_worker_are_found(level: str, expected: list[str]) -> None:
    own = [LogLine(f"{level}: job failed", NOW - timedelta(seconds=each)) for each in range(120, 0, -1)]
    assert codes(ERROR_RATE, context(pod(ready=True), profile=WORKER, logs=[log(*own, ready=True)])) == expected


def test_pods_whose_most_frequent_error_is_the_same_are_one_finding() -> None:
    def of(name: str, text: str) -> ContainerLog:
        entries = (LogLine(f"error: {text}", NOW - timedelta(seconds=each)) for each in range(120, 0, -1))
        return log(*entries, pod=name, ready=True)

    own = [pod(name, ready=True) for name in ("worker-1", "worker-2", "worker-3")]
    logs = [of("worker-1", "sync skipped"), of("worker-2", "no stock"), of("worker-3", "sync skipped")]
    same, other = findings(ERROR_RATE, context(*own, profile=WORKER, logs=logs))
    assert same.summary == "The workers of 2 pods log up to 60 errors a minute each, mostly: sync skipped."
    assert same.pods == ("worker-1", "worker-3")
    assert [each.source for each in same.evidence] == ["pod worker-1, worker", "pod worker-3, worker"]
    assert other.summary == "The worker of pod worker-2 logs 60 errors a minute, mostly: no stock."


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
