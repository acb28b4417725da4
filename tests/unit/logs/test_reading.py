"""Levels, messages and requests of entries of any logger."""

import pytest

from diagnose.logs.entries import Level
from diagnose.logs.reading import read


@pytest.mark.parametrize(
    ("text", "level", "message"),
    [
        (
            '{"level":"error","msg":"cannot save","err":{"type":"E","message":"disk full"}}',
            "error",
            "cannot save: E: disk full",
        ),
        ('2026-11-29T10:00:00Z [ERROR] core: cannot save: error="disk full"', "error", "core: cannot save: disk full"),
        ('{"level":50,"time":1,"msg":"cannot save"}', "error", "cannot save"),
        ('{"severity":"WARNING","message":"slow"}', "warn", "slow"),
        ('{"@l":"Error","@mt":"cannot save"}', "error", "cannot save"),
        ('{"log":{"level":"info"},"message":"no error"}', "info", "no error"),
        (
            'time="2026-11-29T10:00:00Z" level=error msg="cannot save" error="disk full"',
            "error",
            "cannot save: disk full",
        ),
        ("E0612 10:00:00.000000       1 main.go:12] cannot save", "error", "cannot save"),
        ("2026-11-29 10:00:00,123 ERROR [main] com.example.Orders - cannot save", "error", "cannot save"),
        ("2026-11-29 10:00:00.123 ERROR 1 --- [main] c.e.Orders : cannot save", "error", "cannot save"),
        ("2026-11-29 10:00:00,123 - orders - WARNING - slow", "warn", "slow"),
        ("ERROR:root:cannot save", "error", "cannot save"),
        ("E, [2026-11-29T10:00:00.1 #1] ERROR -- : cannot save", "error", "cannot save"),
        ("[2026-11-29T10:00:00Z ERROR shop::orders] cannot save", "error", "cannot save"),
        ("[2026-11-29 10:00:00,000: ERROR/MainProcess] cannot save", "error", "cannot save"),
        ("psql: error: cannot save", "error", "cannot save"),
        ("handshake: remote error: tls: bad certificate", "", "handshake: remote error: tls: bad certificate"),
        ("[10:00:00 ERR] cannot save", "error", "cannot save"),
        ("2026-11-29T10:00:00Z\tERROR\tcannot save", "error", "cannot save"),
        ("[2026-11-29] production.ERROR: cannot save", "error", "cannot save"),
        ("2026/11/29 10:00:00 [error] 7#7: *1 connect() failed", "error", "connect() failed"),
        ("INFO the last ERROR was repaired", "info", "the last ERROR was repaired"),
        ("DEPLOY_ENV: unbound variable", "", "DEPLOY_ENV: unbound variable"),
        ("ERROR: DEPLOY_ENV: unbound variable", "error", "DEPLOY_ENV: unbound variable"),
    ],
)
def test_level_and_message_are_those_of_the_logger(text: str, level: str, message: str) -> None:
    found = read(text)
    assert (found.level, found.message) == (Level(level), message)


@pytest.mark.parametrize(
    ("text", "status", "request_"),
    [
        ('10.0.0.1 - - [29/Nov/2026:10:00:00 +0000] "GET /orders?id=1 HTTP/1.1" 502 157 "-" "x"', 502, "GET /orders"),
        ('[2026-11-29T10:00:00Z] "POST /orders HTTP/2" 503 UF 0 91', 503, "POST /orders"),
        ('INFO:     10.0.0.1:5 - "GET /orders HTTP/1.1" 500 Internal Server Error', 500, "GET /orders"),
        ("GET /orders 500 12.3 ms - 17", 500, "GET /orders"),
        (
            '{"level":30,"req":{"method":"GET","url":"/orders"},"res":{"statusCode":200},"msg":"done"}',
            200,
            "GET /orders",
        ),
        ("level=info path=/orders status=500", 500, "/orders"),
        ("INFO saved 500 orders", 0, ""),
    ],
)
def test_served_requests_have_a_status(text: str, status: int, request_: str) -> None:
    found = read(text)
    assert (found.status, found.request) == (status, request_)
