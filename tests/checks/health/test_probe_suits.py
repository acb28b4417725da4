"""What the kubelet reports of a probe."""

import msgspec
import pytest

from checks.health.probe_suits import (
    COMMAND,
    FAILING,
    PROBE_SUITS,
    PROTOCOL,
    SCHEME,
    ProbeResult,
    evaluate,
)
from diagnose.check.api import Code
from diagnose.domain.kubernetes.probes import parse_failure
from diagnose.resources import Event
from tests.support.kit import codes
from tests.support.objects import event
from tests.support.probes import probed


def judged(message: str, *, finished: bool, port_open: bool | None = None) -> ProbeResult | None:
    """Returns the result of a probe whose failure the kubelet reports so."""
    failure = parse_failure(msgspec.convert(event("Unhealthy", message), Event))
    assert failure
    return evaluate(failure, finished=finished, port_open=port_open)


HTTPS = 'Readiness probe failed: Get "https://10.91.1.34:8080/health": http: server gave HTTP response to HTTPS client'
EXEC = (
    "Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in "
    'container: failed to start exec "6c94": OCI runtime exec failed: exec failed: unable to start container process: '
    'exec: "/bin/grpc_health_probe": stat /bin/grpc_health_probe: no such file or directory: unknown'
)
REFUSED = (
    'Liveness probe failed: Get "http://10.91.1.34:8080/health": dial tcp 10.91.1.34:8080: connect: connection refused'
)
SLOW = (
    'Liveness probe failed: Get "http://10.91.1.34:8080/health": context deadline exceeded '
    "(Client.Timeout exceeded while awaiting headers)"
)
GRPC = 'Startup probe failed: timeout: failed to connect service "10.91.1.34:8080" within 1s: context deadline exceeded'


@pytest.mark.parametrize(
    ("message", "code", "kind"),
    [
        (HTTPS, SCHEME, "readiness"),
        (EXEC, COMMAND, "readiness"),
        (GRPC, PROTOCOL, "startup"),
        (SLOW, FAILING, "liveness"),
    ],
)
def test_each_probe_message_has_its_meaning(message: str, code: Code, kind: str) -> None:
    result = judged(message, finished=True)
    assert result
    assert (result.code, result.kind) == (code, kind)


def test_the_missing_program_of_a_probe_is_named() -> None:
    result = judged(EXEC, finished=False)
    assert result
    assert "/bin/grpc_health_probe" in result.problem


@pytest.mark.parametrize(
    "message",
    [
        REFUSED,
        "Readiness probe failed: HTTP probe failed with statuscode: 404",
        "Readiness probe failed: cat: /tmp/ready: No such file or directory",
        SLOW,
        "Readiness probe errored and resulted in unknown state: couldn't find port: http",
    ],
)
def test_what_a_start_explains_or_another_check_reports_is_ignored(message: str) -> None:
    assert judged(message, finished=False) is None


@pytest.mark.parametrize(
    "message",
    [
        REFUSED,
        "Readiness probe failed: HTTP probe failed with statuscode: 404",
        "Readiness probe errored and resulted in unknown state: couldn't find port: http",
        'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "http": invalid syntax',
    ],
)
def test_after_the_start_what_another_check_reports_is_ignored(message: str) -> None:
    assert judged(message, finished=True) is None


@pytest.mark.parametrize(("ready", "expected"), [(False, [SCHEME.id]), (True, [])])
def test_a_probe_that_fails_keeps_its_pod_from_being_ready(ready: bool, expected: list[str]) -> None:
    assert codes(PROBE_SUITS, probed(ready=ready, events=[event("Unhealthy", HTTPS)])) == expected
