"""Connections that failed, as logs of any language have them."""

from datetime import timedelta

import pytest

from diagnose.domain.network.logged_failures import failures
from diagnose.domain.network.reachability import Reachability
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import NOW, context, log
from tests.support.objects import pod


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("dial tcp: lookup backend on 10.96.0.10:53: no such host", ("backend", 0)),
        ("Error: getaddrinfo ENOTFOUND backend", ("backend", 0)),
        ('could not translate host name "backend" to address: Name or service not known', ("backend", 0)),
        ("curl: (6) Could not resolve host: backend", ("backend", 0)),
        ("wget: bad address 'backend:8080'", ("backend", 8080)),
        ("java.net.UnknownHostException: backend", ("backend", 0)),
        ('Get "http://backend:8080/x": dial tcp 10.96.0.7:8080: connect: connection refused', ("backend", 8080)),
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to backend:6379. refused.",
            ("backend", 6379),
        ),
        ('connection to server at "backend" (10.96.0.7), port 5433 failed: Connection refused', ("backend", 5433)),
        ("Connect to http://backend failed: timed out", ("backend", 80)),
        ("GET http://backend:8080/x: timeout of 5000ms exceeded", ("backend", 8080)),
        ("read from backend:8080 timed out (timeout=5s)", ("backend", 8080)),
        ("backend:8080: i/o timeout", ("backend", 8080)),
    ],
)
def test_a_failure_names_its_host(line: str, end: tuple[str, int]) -> None:
    (found,) = failures(context(pod(), logs=[log(LogLine(line, NOW))]))
    assert end in [(host, port) for host, port, _ in found.ends()]
    assert found.mentions("backend")


@pytest.mark.parametrize(
    "line",
    [
        "backend: 200 ok",
        "connected to backend:8080",
        "timeout is 5 s for backend2",
        "connecting to backend:8080 (timeout 5s)",
        '{"msg":"config","url":"http://backend:8080","connectTimeoutMS":30000}',
        "backend.url=http://backend:8080 backend.timeout=2.5",
    ],
)
def test_other_lines_name_no_failure_of_the_host(line: str) -> None:
    assert not any(each.mentions("backend") for each in failures(context(pod(), logs=[log(LogLine(line, NOW))])))


@pytest.mark.parametrize(
    ("line", "lookup"),
    [
        ("dial tcp: lookup backend on 10.96.0.10:53: no such host", Reachability.NO_SUCH_NAME),
        (
            "dial tcp: lookup backend on 10.96.0.10:53: read udp 10.1.0.9:40000->10.96.0.10:53: i/o timeout",
            Reachability.NAME_UNRESOLVED,
        ),
        ("getaddrinfo EAI_AGAIN backend", Reachability.NAME_UNRESOLVED),
        ("dial tcp 10.96.0.7:8080: connect: connection refused: backend", None),
    ],
)
def test_a_failed_lookup_is_no_failed_connection(line: str, lookup: Reachability | None) -> None:
    (found,) = failures(context(pod(), logs=[log(LogLine(line, NOW))]))
    assert found.lookup is lookup


def test_what_failed_long_ago_is_over() -> None:
    line = LogLine("connect ECONNREFUSED backend:80", NOW - timedelta(minutes=30))
    assert failures(context(pod(), logs=[log(line)])) == ()
