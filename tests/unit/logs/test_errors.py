"""The errors that a running program logs now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from diagnose.logs.errors import Errors, errors_of
from diagnose.queries.kubernetes import LogLine

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


def judged(lines: Sequence[str], *, every_s: float = 2.0, ended_s: float = 1.0) -> Errors:
    first = NOW - timedelta(seconds=ended_s + every_s * (len(lines) - 1))
    return errors_of([LogLine(text, first + timedelta(seconds=every_s * n)) for n, text in enumerate(lines)], NOW)


def found(lines: Sequence[str], *, every_s: float = 2.0, ended_s: float = 1.0) -> list[tuple[str, int]]:
    return [(kind.text, kind.count) for kind in judged(lines, every_s=every_s, ended_s=ended_s).present]


def served(status: int, path: str = "/orders") -> str:
    return f'10.0.0.1 - - [29/Nov/2026:10:00:00 +0000] "GET {path} HTTP/1.1" {status} 12 "-" "x"'


FINE = [f"INFO processed order {number} in 3 ms" for number in range(400)]


def test_one_error_among_many_lines_is_found() -> None:
    error = "ERROR POST /checkout failed with 500: pool timed out after 30 s"
    assert found([*FINE[:300], error, *FINE[300:]]) == [(error.removeprefix("ERROR "), 1)]


def test_of_several_errors_the_first_one_comes_first() -> None:
    lines = [
        "ERROR cart: lost connection to redis:6379",
        "ERROR checkout: cart is unavailable",
        "ERROR web: no checkout",
    ]
    errors = judged([*FINE[:5], *lines * 4])
    assert [kind.text for kind in errors.present] == [line.removeprefix("ERROR ") for line in lines]
    assert errors.only


@pytest.mark.parametrize(
    "line",
    [
        "connection pool: 100/100 connections in use",
        '{"level":"info","msg":"pool active=50 max=50","waiting":3}',
        "WARN pool is at 20 of 20, all connections are busy",
    ],
)
def test_a_pool_that_is_full_is_found_until_it_is_not(line: str) -> None:
    assert len(found([line] * 4)) == 1
    freed = line.replace("100/", "20/").replace("active=50", "active=7").replace("20 of 20", "5 of 20")
    assert found([line, line, line, freed]) == []


def test_an_error_in_every_fourth_run_lasts_though_runs_between_succeed() -> None:
    lines = [*["run ok, result 5"] * 3, "/run.sh: line 4: 10 / 0: division by zero"] * 10
    [(text, count)] = found([*lines, "run ok, result 5"], every_s=15)
    assert text.endswith("division by zero")
    assert count == 10


@pytest.mark.parametrize(
    "lines",
    [
        ["0 errors", "error_rate=0", "no error", "processed 10, 0 failed, errors=0", "INFO error handler registered"]
        * 20,
        [
            'level=info msg="last error cleared"',
            '{"level":"info","msg":"error budget 99 %"}',
            "failed: 0, timeouts: none",
        ]
        * 9,
        ["database db:5432: connection refused, retrying (1/5)"] * 4 + ["database connected", *FINE],
        ["cannot reach redis:6379: timed out"] * 4 + ["Server listening on port 8080", *FINE],
        [
            "DEBUG handled",
            "Traceback (most recent call last):",
            '  File "x", line 3',
            "ValueError: x",
            "INFO started",
            *FINE,
        ],
        [*[served(200)] * 300, served(502), served(200)],
        [served(404), served(401), served(200)] * 50,
        ["WARN slow query of 3 s", *FINE],
        [
            *FINE,
            '2026/11/29 10:00:00 [error] 7#7: *1 open() "/usr/share/nginx/html/favicon.ico" failed (2: No such file)',
        ],
        [
            "POLL cache miss for key 17: not found, loading it",
            "npm warn deprecated inflight@1.0.6: This module is not supported",
            "Not Found: /missing",
        ]
        * 20,
        [
            '{"level":"info","error":null,"err":"","errors":[]}',
            "DEBUG response: error = {}",
            "GET /failed-orders 200 3ms",
        ]
        * 9,
        ['level=WARN msg="Fail to process task"', *["tick"] * 200] * 4,
        ["I0612 10:00:00.000000       1 main.go:12] Unable to find a change, as desired", *FINE],
        [
            "--retry-on=connect-failure,refused-stream",
            "timeout=30s",
            "all 12/12 connections ready",
            "workers: 4/4 started",
        ],
        [],
    ],
)
def test_a_healthy_log_has_none(lines: list[str]) -> None:
    assert found(lines) == []


def test_an_error_long_ago_is_history() -> None:
    error = "ERROR cannot reach prod-db:5432: connection refused"
    assert found([error], ended_s=60)
    assert found([error, *["tick"] * 500], every_s=10) == []
    # It comes once an hour, and the last time was within the hour.
    assert found([error] * 4, every_s=3600, ended_s=3000)


def test_requests_that_fail_are_counted_of_all() -> None:
    [kind] = judged([*[served(200)] * 300, *[served(502), served(200)] * 20], every_s=1).present
    assert (kind.text, kind.count, kind.total) == ("GET /orders was answered with 502", 20, 340)
    assert judged([served(503)] * 30).only


def test_a_thrown_error_belongs_to_the_entry_about_it() -> None:
    refused = 'psycopg2.OperationalError: connection to server at "db", port 5432 failed: Connection refused'
    python = [
        "ERROR could not save 17",
        "Traceback (most recent call last):",
        '  File "a.py", line 3',
        "    x()",
        refused,
    ]
    entry = "2026-11-29 10:00:00.123 ERROR 1 --- [main] c.e.Orders : could not save"
    java = [entry, "java.net.UnknownHostException: orders-db", "\tat java.base/x.y(Z.java:3)"]
    assert found(python * 3) == [(f"could not save 17: {refused}", 3)]
    assert found(java * 3) == [("could not save: java.net.UnknownHostException: orders-db", 3)]


def test_lines_that_were_only_counted_count() -> None:
    lines = [LogLine("ERROR cannot reach db:5432", NOW - timedelta(hours=1), 7_000, NOW - timedelta(seconds=5))]
    [kind] = errors_of(lines, NOW).present
    assert (kind.count, kind.last_at) == (7_001, NOW - timedelta(seconds=5))


def test_an_item_that_failed_is_lost_while_a_connection_that_failed_recovers() -> None:
    assert found([*FINE[:9], "ERROR could not save order 17: disk quota exceeded", *FINE[:20]])
    assert not found([*FINE[:9], "ERROR order store: connection refused", *FINE[:20]])


def test_an_answer_of_another_server_ends_the_errors_of_connections_to_it_alone() -> None:
    error = "2026-11-29 10:00:00,001 ERROR app.web: GET http://{}/items failed: <urlopen error [Errno 111] refused>"
    answer = "2026-11-29 10:00:05,001 INFO app.web: GET http://{}/items: {}"
    lines = [error.format("stock"), error.format("price:8080"), answer.format("stock", 200), served(200, "/price")]
    assert [text for text, _ in found(lines)] == [error.format("price:8080").partition("ERROR ")[2]]
    assert len(found([lines[0], answer.format("stock", 503)])) == 2


def test_errors_that_another_observation_ends_are_none() -> None:
    lines = [LogLine(text, NOW - timedelta(seconds=9)) for text in ("ERROR db:5432 refused", "ERROR no stock of 17")]
    judged_by_kind = errors_of(lines, NOW, lambda kind: kind.is_recoverable)
    assert [kind.text for kind in judged_by_kind.present] == ["no stock of 17"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ERROR dial tcp 10.96.0.7:6379: connect: connection refused", True),
        ("Error: lookup stock on 10.96.0.10:53: no such host", True),
        ("[ioredis] Unhandled error event: Error: getaddrinfo ENOTFOUND redis", True),
        ("Error: read ECONNRESET", True),
        ('psycopg2.OperationalError: could not translate host name "db" to address: Name has no usable address', True),
        ("ERROR rpc error: code = Unavailable desc = error reading from server: EOF", True),
        ("requests.exceptions.ConnectionError: Max retries exceeded with url: / (Connection refused)", True),
        ('{"level":"error","msg":"service failures","error":"Frontend is not healthy yet"}', True),
        ("ERROR cannot connect to the database: password authentication failed", False),
        ("ERROR connection to stock: x509: certificate has expired", False),
        ("ERROR cannot connect to redis after 5 attempts, giving up", False),
        ("ERROR cache is unavailable, continuing without it", False),
        ("ERROR order 17 has no price: KeyError: 'sum'", False),
    ],
)
def test_what_another_try_does_not_change_is_not_recoverable(line: str, expected: bool) -> None:
    [kind] = judged([line]).present
    assert kind.is_recoverable is expected


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"error","msg":"Persistent store operation failure","error":"context canceled"}',
        "ERROR rpc error: code = Canceled desc = stream terminated by RST_STREAM",
        "2026-11-29 10:00:00.1 UTC [7] ERROR:  canceling statement due to user request",
        "ERROR System.Threading.Tasks.TaskCanceledException: A task was canceled.",
    ],
)
def test_what_a_caller_gave_up_is_an_error_only_where_it_is_repeated(line: str) -> None:
    assert found([line, line]) == []
    assert len(found([line] * 3)) == 1


def test_errors_are_not_all_where_something_succeeds() -> None:
    errors = judged(["ERROR cannot send mail to smtp:25: refused", "INFO order saved"] * 10)
    assert len(errors.present) == 1
    assert not errors.only


@pytest.mark.parametrize(
    "line",
    [
        '{"level":50,"err":{"type":"Error","message":"connect ECONNREFUSED 10.0.0.1:5432"},"msg":"query failed"}',
        'time=2026-11-29T10:00:00Z level=ERROR msg="list failed" err="pods is forbidden: cannot list"',
        "2026-11-29T10:00:00.000000Z ERROR shop::pool: timed out while waiting for a connection",
        '[2026-11-29 10:00:00] production.ERROR: SQLSTATE[40001]: Deadlock found {"exception":"x"}',
        'Exception in thread "pool-1" java.lang.OutOfMemoryError: Java heap space',
        '2026/11/29 10:00:00 Get "http://backend:8080/": dial tcp 10.0.0.1:8080: connect: connection refused',
        '2026/11/29 10:00:00 [error] 7#7: *1 upstream timed out while reading, upstream: "http://10.0.0.2:8080/"',
        "write /data/x: No space left on device",
        'ERROR:  relation "orders" does not exist at character 15',
        "./run.sh: line 7: 100 / 0 : division by 0",
        "rpc error: code = Unavailable desc = connection error",
        "KeyError: 'orders'",
    ],
)
def test_one_line_of_any_logger_is_enough_where_it_names_an_error(line: str) -> None:
    assert len(found([*FINE[:50], line, *FINE[50:60]])) == 1


@pytest.mark.parametrize("logger", ["2026-11-29 09:59:50,123 ERROR mailer: ", "ERROR:root:", ""])
def test_an_error_has_what_its_traceback_ends_with_whether_its_logger_prints_a_level_or_not(logger: str) -> None:
    lines = [
        f"{logger}cannot deliver message to smtp-relay.mail:2525",
        "Traceback (most recent call last):",
        '  File "/app/mailer.py", line 31, in send',
        "socket.gaierror: [Errno -2] Name or service not known",
    ]
    errors = judged(lines * 5)
    (kind,) = errors.present
    assert kind.text.endswith("smtp-relay.mail:2525: socket.gaierror: [Errno -2] Name or service not known")
    assert errors.only
