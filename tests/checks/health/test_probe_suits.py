"""What the kubelet reports of a probe."""

import msgspec
import pytest

from checks.database.port_reachable import PORT_REACHABLE as DATABASE_PORT_REACHABLE
from checks.health.probe_suits import (
    COMMAND,
    FAILING,
    HOST,
    NO_SERVICE,
    PROBE_SUITS,
    PROTOCOL,
    SCHEME,
    TIMEOUT,
    ProbeResult,
    evaluate,
)
from checks.network.hosts_reachable import HOSTS_REACHABLE
from checks.temporal.port_reachable import PORT_REACHABLE
from diagnose.check.api import Check, Code
from diagnose.domain.kubernetes.probes import parse_failure
from diagnose.resources import Event
from tests.support.kit import codes, context, findings
from tests.support.objects import event, pod, running, terminated
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


BROKEN = 'Readiness probe failed: Get "http://10.91.1.34:8080/": net/http: HTTP/1.x transport connection broken: '


@pytest.mark.parametrize(
    ("answer", "code", "named"),
    [
        (r"\x15\x03\x01\x00\x02\x02", SCHEME, "TLS"),
        (r"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00@\x00", PROTOCOL, "gRPC"),
        (r"\x00\x00$\x04\x00\x00", PROTOCOL, "gRPC"),
        ("-ERR unknown command", PROTOCOL, "another protocol"),
    ],
)
def test_the_first_bytes_of_an_answer_show_the_protocol_of_the_program(answer: str, code: Code, named: str) -> None:
    result = judged(f'{BROKEN}malformed HTTP response "{answer}"', finished=True)
    assert result
    assert (result.code, named in result.problem) == (code, True)


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


@pytest.mark.parametrize(
    "message",
    [
        "Readiness probe failed: error: this server does not implement the grpc health protocol "
        "(grpc.health.v1.Health): unknown service grpc.health.v1.Health",
        "Readiness probe failed: error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
    ],
)
def test_a_grpc_server_without_the_health_service_is_no_other_protocol(message: str) -> None:
    result = judged(message, finished=False)
    assert result
    assert result.code is NO_SERVICE


@pytest.mark.parametrize(
    "reason",
    [
        "rpc error: code = NotFound desc = failed to exec in container: failed to load task: no running task found: "
        "task 5fb2 not found: not found",
        "rpc error: code = Unknown desc = failed to exec in container: container is in CONTAINER_EXITED state",
        "rpc error: code = Unknown desc = container is not created or running",
        "rpc error: code = Unknown desc = cannot exec in a stopped container: unknown",
    ],
)
def test_a_command_that_the_kubelet_could_not_run_in_a_stopped_container_says_nothing_about_the_probe(
    reason: str,
) -> None:
    assert judged(f"Readiness probe errored and resulted in unknown state: {reason}", finished=True) is None


def test_a_code_of_the_container_runtime_is_none_of_a_grpc_server() -> None:
    reason = 'rpc error: code = NotFound desc = an error occurred when try to find container "5fb2": not found'
    result = judged(f"Readiness probe errored and resulted in unknown state: {reason}", finished=True)
    assert result
    assert result.code is FAILING


@pytest.mark.parametrize(
    ("port_open", "finished", "code", "is_certain"),
    [
        (True, False, PROTOCOL, True),
        (False, True, None, True),
        (None, True, PROTOCOL, False),
        (None, False, None, True),
    ],
)
def test_a_grpc_probe_without_a_connection_is_judged_by_whether_its_port_is_open(
    port_open: bool | None, finished: bool, code: Code | None, is_certain: bool
) -> None:
    result = judged(GRPC, finished=finished, port_open=port_open)
    assert (result.code if result else None) is code
    assert result is None or (not result.alternatives) is is_certain


@pytest.mark.parametrize(("since_s", "expected"), [(10, []), (100, [FAILING.id])])
def test_a_command_that_fails_after_the_time_of_a_start_is_quoted(since_s: float, expected: list[str]) -> None:
    container = {"readinessProbe": {"exec": {"command": ["cat", "/tmp/healthy"]}}}
    failed = event(
        "Unhealthy", "Readiness probe failed: cat: can't open '/tmp/healthy': No such file or directory", age_s=2
    )
    found = findings(PROBE_SUITS, probed(ready=False, container=container, since_s=since_s, events=[failed]))
    assert [each.code for each in found] == expected
    assert all("/tmp/healthy" in each.summary for each in found)


NOT_READY = event("Unhealthy", "Readiness probe failed: not ready", age_s=2)
EXEC_PROBE = {"readinessProbe": {"exec": {"command": ["/worker", "check"]}}}


@pytest.mark.parametrize(("exit_code", "since_s", "expected"), [(1, 5, []), (1, 300, [FAILING.id])])
def test_each_run_of_a_program_that_fails_by_itself_is_a_start(
    exit_code: int, since_s: float, expected: list[str]
) -> None:
    status = running(ready=False, since_s=since_s, restartCount=3, lastState=terminated(exit_code))
    main = {"name": "worker", **EXEC_PROBE}
    own = pod("worker-1", main, ready=False, age_s=1000, status={"containerStatuses": [status]})
    assert codes(PROBE_SUITS, context(own, container=main, events=[NOT_READY])) == expected


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (PORT_REACHABLE, "temporal.refused"),
        (PORT_REACHABLE, "temporal.timed-out"),
        (DATABASE_PORT_REACHABLE, "database.no-endpoints"),
        (HOSTS_REACHABLE, "network.refused"),
    ],
)
def test_a_dependency_that_is_not_reached_explains_a_probe_that_reports_it(check: Check, code: str) -> None:
    assert check.stage_of(code) in PROBE_SUITS.stage_of(FAILING.id).earlier
    assert check.stage_of(code) not in PROBE_SUITS.stage_of(SCHEME.id).earlier


@pytest.mark.parametrize(
    ("message", "code", "problem"),
    [
        ('Liveness probe failed: command timed out: "check" timed out after 1s', TIMEOUT, "its timeout of 1s"),
        (
            "Readiness probe errored: rpc error: code = DeadlineExceeded desc = failed to exec in container: "
            "timeout 2s exceeded: context deadline exceeded",
            TIMEOUT,
            "its timeout of 2s",
        ),
        (
            'Readiness probe failed: Get "http://shop.msp.svc:80/": dial tcp: lookup shop.msp.svc: no such host',
            HOST,
            "queries host shop.msp.svc",
        ),
        (
            'Liveness probe failed: Get "http://db:80/": dial tcp: lookup db on 10.0.0.2:53: no such host',
            HOST,
            "queries host db",
        ),
    ],
)
def test_a_command_that_is_slow_and_a_host_that_the_node_does_not_know_are_told_apart(
    message: str, code: Code, problem: str
) -> None:
    result = judged(message, finished=True)
    assert result
    assert result.code is code
    assert problem in result.problem


LOOKUP = "Readiness probe failed: dial tcp: lookup db on 10.96.0.10:53: no such host"


@pytest.mark.parametrize(
    ("probe", "code", "fix"),
    [
        ({"tcpSocket": {"host": "db", "port": 5432}}, HOST.id, '"tcpSocket":{"host":null'),
        ({"httpGet": {"host": "db", "port": 80}}, HOST.id, '"httpGet":{"host":null'),
        # A command runs in the container, with the cluster's DNS.
        ({"exec": {"command": ["check"]}}, FAILING.id, ""),
    ],
)
def test_the_host_of_a_probe_is_taken_out_of_the_action_that_names_it(
    probe: dict[str, object], code: str, fix: str
) -> None:
    ctx = probed(ready=False, container={"readinessProbe": probe}, events=[event("Unhealthy", LOOKUP)])
    (finding,) = findings(PROBE_SUITS, ctx)
    assert finding.code == code
    assert any(fix in str(each.command) for each in finding.remediation.steps)


def test_a_slow_command_of_a_start_may_be_transient() -> None:
    assert judged('Liveness probe failed: command timed out: "check" timed out after 1s', finished=False) is None


def test_a_command_that_prints_nothing_fails_without_a_message() -> None:
    result = judged("Readiness probe failed: ", finished=True)
    assert result
    assert (result.code, result.problem) == (FAILING, "fails after the start without a message")
