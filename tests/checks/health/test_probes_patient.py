"""Probes that give a start too little time."""

from datetime import timedelta

import msgspec
import pytest

from checks.health.probes_patient import PROBES_PATIENT, is_starved
from diagnose.queries.kubernetes import LogLine
from diagnose.resources import Container
from tests.support.kit import NOW, WORKER, Json, codes, context, findings, log
from tests.support.objects import crashing, event, pod


@pytest.mark.parametrize(
    ("limit", "starved"), [("50m", True), ("0.1", True), ("500m", False), ("1", False), ("", False)]
)
def test_a_cpu_limit_below_a_fifth_starves_a_start(limit: str, starved: bool) -> None:
    limits = {"cpu": limit} if limit else {}
    assert is_starved(msgspec.convert({"name": "worker", "resources": {"limits": limits}}, Container)) is starved


@pytest.mark.parametrize(("killed", "expected"), [(True, ["health.probe-too-early"]), (False, [])])
def test_a_start_that_a_probe_cuts_short_is_found(killed: bool, expected: list[str]) -> None:
    probe = {"httpGet": {"port": 8080, "path": "/health"}, "failureThreshold": 1}
    main = {"name": "worker", "livenessProbe": probe}
    kill = event("Killing", "Container worker failed liveness probe, will be restarted")
    kill["involvedObject"]["fieldPath"] = "spec.containers{worker}"
    logs = [log(LogLine("info: starting", NOW - timedelta(seconds=50)))]
    own = pod("worker-1", main, status={"containerStatuses": [crashing(143)]})
    ctx = context(own, profile=WORKER, container=main, logs=logs, events=[kill] if killed else [])
    assert codes(PROBES_PATIENT, ctx) == expected


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ({"exec": {"command": ["check", "--deep"]}}, '"exec":{"command":["check","--deep"]}'),
        ({"grpc": {"port": 9000, "service": "s"}}, '"grpc":{"port":9000,"service":"s"}'),
        ({"tcpSocket": {"port": "sql"}}, '"tcpSocket":{"port":"sql"}'),
        ({"httpGet": {"port": 8443, "scheme": "HTTPS"}}, '"httpGet":{"port":8443,"scheme":"HTTPS"}'),
    ],
)
def test_a_probe_of_any_action_may_cut_a_start_short(action: Json, step: str) -> None:
    main = {"name": "worker", "startupProbe": {**action, "failureThreshold": 1, "periodSeconds": 0}}
    kill = event("Killing", "Container worker failed startup probe, will be restarted")
    logs = [log(LogLine("info: starting", NOW - timedelta(seconds=50)))]
    own = pod("worker-1", main, status={"containerStatuses": [crashing(143)]})
    found = findings(PROBES_PATIENT, context(own, profile=WORKER, container=main, logs=logs, events=[kill]))
    assert [each.code for each in found] == ["health.probe-too-early"]
    assert "gives worker 10 s" in found[0].summary
    assert step in found[0].remediation.steps[0].command.replace(" ", "")


def test_a_kill_of_another_container_is_not_the_workers() -> None:
    main = {"name": "worker", "livenessProbe": {"httpGet": {"port": 8080}, "failureThreshold": 1}}
    kill = event("Killing", "Container worker-proxy failed liveness probe, will be restarted")
    logs = [log(LogLine("info: starting", NOW - timedelta(seconds=50)))]
    own = pod("worker-1", main, status={"containerStatuses": [crashing(143)]})
    assert codes(PROBES_PATIENT, context(own, profile=WORKER, container=main, logs=logs, events=[kill])) == []


UNANSWERED = 'Liveness probe failed: Get "http://10.1.0.9:8080/": dial tcp 10.1.0.9:8080: connect: connection refused'


def of_any_program(failure: str, *lines: LogLine, took_s: float = 30, **limits: str) -> list[str]:
    """Returns the codes for a pod of an unknown program that a liveness probe has killed 32 s ago."""
    probe = {"httpGet": {"port": 8080}, "periodSeconds": 5, "failureThreshold": 2}
    main = {"name": "worker", "livenessProbe": probe, "resources": {"limits": limits}}
    kill = event("Killing", "Container worker failed liveness probe, will be restarted", age_s=32)
    own = pod("worker-1", main, status={"containerStatuses": [crashing(137, took_s=took_s)]})
    events = [event("Unhealthy", failure, age_s=33), kill]
    return codes(PROBES_PATIENT, context(own, container=main, logs=[log(*lines)], events=events))


def printed(text: str, ago_s: float) -> LogLine:
    """Returns a line of the log of so many seconds ago."""
    return LogLine(text, NOW - timedelta(seconds=ago_s))


@pytest.mark.parametrize(
    ("failure", "line", "expected"),
    [
        (UNANSWERED, printed("listening on 8080", 31), ["health.probe-too-early"]),
        (UNANSWERED, printed("gracefully shutting down", 31), []),
        (UNANSWERED, printed("listening on 80", 58), []),
        ("Liveness probe failed: HTTP probe failed with statuscode: 404", printed("listening on 8080", 31), []),
    ],
    ids=["it serves after the kill", "it ends", "it served before", "it answers"],
)
def test_of_an_unknown_program_only_one_that_serves_later_is_killed_too_early(
    failure: str, line: LogLine, expected: list[str]
) -> None:
    assert of_any_program(failure, printed("loading", 59), line) == expected


@pytest.mark.parametrize(("took_s", "expected"), [(20, ["health.start-too-slow"]), (3600, [])])
def test_a_program_with_little_cpu_that_ran_for_long_was_not_killed_in_its_start(
    took_s: float, expected: list[str]
) -> None:
    assert of_any_program(UNANSWERED, printed("loading", 49), took_s=took_s, cpu="100m") == expected


def test_a_starved_start_gets_the_cpu_limit_of_the_pods_that_started() -> None:
    main = {
        "name": "worker",
        "livenessProbe": {"httpGet": {"port": 8080, "path": "/health"}, "failureThreshold": 1},
        "resources": {"limits": {"cpu": "15m"}},
    }
    kill = event("Killing", "Container worker failed liveness probe, will be restarted")
    kill["involvedObject"]["fieldPath"] = "spec.containers{worker}"
    slow = pod("worker-1", main, status={"containerStatuses": [crashing(143)]})
    before = pod("worker-2", main | {"resources": {"limits": {"cpu": "1"}}}, ready=True)
    logs = [log(LogLine("info: starting", NOW - timedelta(seconds=50)))]
    ctx = context(slow, before, profile=WORKER, container=main, logs=logs, events=[kill])
    (found,) = findings(PROBES_PATIENT, ctx)
    assert found.pods == ("worker-1",)
    assert str(found.remediation.steps[0].command).endswith("--limits=cpu=1")
