"""Logs of any size: the newest lines first, what is retained of the others, and what is reported as not read."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from diagnose.queries.kubernetes import LogText, ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.sources.kubernetes import logs
from diagnose.sources.kubernetes.logs import (
    AROUND,
    HEAD_LINES,
    LONGEST,
    NEW_ERRORS,
    NEW_LINES,
    NEWEST_LINES,
    TAIL_LINES,
    lines_of,
    retained,
)
from diagnose.sources.kubernetes.objects import KubernetesSource
from tests.support.http import Answer, Script, response, serving

TOLD = "error: Startup validation failed: RESEND_API_KEY is required"
QUERY = ReadLog(namespace="msp", pod="worker-1", container="worker")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


def flood(count: int, text: str = 'debug: pool statistics {{"acquired":{0},"id":"{0:08x}-ab"}}') -> Iterator[bytes]:
    for number in range(count):
        yield f"2026-11-24T18:10:27.{number:09d}Z {text.format(number)}\n".encode()


def kept(chunks: list[bytes]) -> LogText:
    return retained(lines_of(chunks))


def log(*answers: Answer, seconds: float = 10.0) -> tuple[LogText, Script]:
    with serving(*answers) as (client, script):
        return KubernetesSource(client).log(QUERY, seconds), script


def plain(*lines: bytes) -> bytes:
    return response(b"".join(lines).decode())


def then_silent(text: bytes) -> Callable[[socket.socket], None]:
    """Sends a text, and then nothing more."""

    def send(client: socket.socket) -> None:
        client.sendall(text)
        time.sleep(10)

    return send


def test_a_short_log_is_retained_whole_and_read_by_one_request() -> None:
    text, script = log(plain(*flood(10)))
    assert (len(text.head), len(text.tail), text.cut, text.gap, text.unread_end) == (10, 0, 0, "", "")
    assert len(script.requests) == 1
    assert script.query(0)["tailLines"] == str(NEWEST_LINES)


def test_an_empty_log_is_a_log() -> None:
    assert log(plain())[0] == LogText()


def test_the_beginning_of_a_long_log_is_read_after_its_end() -> None:
    lines = list(flood(NEWEST_LINES + 500))
    text, script = log(plain(*lines[500:]), plain(*lines))
    assert text == kept(lines)
    assert "tailLines" not in script.query(1)


def test_the_newest_lines_count_where_the_beginning_cannot_be_read() -> None:
    lines = list(flood(NEWEST_LINES + 500))
    text, _ = log(plain(*lines[500:]), response("etcd is down", 500))
    assert text.lines[-1].text == kept(lines).lines[-1].text
    assert (text.gap, text.unread_end) == ("read log of pod worker-1, container worker: HTTP 500: etcd is down", "")


def test_a_beginning_that_ends_before_the_newest_lines_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_READ", 3 << 20)
    overlong = f"2026-11-24T18:10:26.000000000Z {'x' * (3 << 20)}\n".encode()[: logs.MOST_READ]
    newest = list(flood(NEWEST_LINES))
    text, _ = log(plain(*newest), plain(overlong))
    assert text.gap == (
        "read log of pod worker-1, container worker: at most 3 MB are read, not all lines before the newest"
    )
    assert text.lines[-1] == kept(newest).lines[-1]
    assert not text.unread_end


def test_the_last_lines_are_read_where_the_newest_ones_take_too_long() -> None:
    lines = list(flood(1_000))
    text, script = log(then_silent(HEAD + b"".join(lines[:400])), plain(*lines[900:]), seconds=1)
    assert text.unread_end == "read log of pod worker-1, container worker: the answer did not end within 1 s"
    assert len(script.requests) == 1


def test_a_slow_log_ends_with_its_last_lines() -> None:
    lines = list(flood(2_000))

    def slow(client: socket.socket) -> None:
        client.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"))
        for line in lines[:900]:
            client.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(0.01)

    text, script = log(slow, plain(*lines[-300:]), seconds=3)
    assert text.lines[-1] == kept(lines).lines[-1]
    assert "its newest lines did not arrive in time" in text.gap
    assert not text.unread_end
    assert script.query(1)["tailLines"] == "300"


def test_a_log_that_breaks_off_is_read_again_and_else_reported() -> None:
    whole = b"".join(flood(10))
    cut = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Length: 5000\r\n\r\n") + whole
    assert log(cut, plain(whole))[0].unread_end == ""
    text, script = log(cut)
    assert len(script.requests) == 3
    assert len(text.lines) == 10
    assert "read log of pod worker-1, container worker: the connection broke" in text.unread_end


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (response(b"<html>login", Content_Type="text/html"), "no valid answer: HTTP 200, text/html, not a log"),
        (response({"kind": "Status"}), "no valid answer: HTTP 200, application/json, not a log"),
        (response("<html>\n<body>\n"), "no valid answer: its lines have no timestamps: <html>"),
        (response("failed to open log file"), "its lines have no timestamps: failed to open log file"),
        (plain(*flood(20), b"<p>\n" * 5), "its lines have no timestamps"),
        (response("", 302, Location="/login"), "no valid answer: HTTP 302"),
    ],
)
def test_what_is_no_log_is_no_answer(answer: Answer, expected: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        log(answer)
    assert str(caught.value).startswith("read log of pod worker-1, container worker: ")
    assert expected in str(caught.value)


def test_a_compressed_log_is_unpacked() -> None:
    lines = b"".join(flood(10))
    assert log(response(gzip.compress(lines), Content_Type="text/plain", Content_Encoding="gzip"))[0] == kept([lines])
    cut = response(gzip.compress(lines)[:-9], Content_Type="text/plain", Content_Encoding="gzip")
    assert "its compressed content is truncated" in log(cut)[0].unread_end


def test_a_log_at_full_speed_ends_in_time_and_is_bounded() -> None:
    def endless(client: socket.socket) -> None:
        client.sendall(HEAD)
        for _ in range(100_000):
            client.sendall(b"".join(flood(100, "x" * LONGEST)))

    started = time.monotonic()
    text, _ = log(endless, seconds=2)
    assert "did not arrive in time" in text.unread_end
    assert sum(len(line.text) for line in text.lines) < 4 << 20
    assert time.monotonic() - started < 20


def test_a_line_without_end_is_truncated() -> None:
    assert [len(line) for line in lines_of([b"x" * 100_000] * 10)] == [LONGEST]


def test_the_one_line_between_floods_is_retained_in_its_place() -> None:
    text = kept([*flood(20_000), f"2026-11-24T18:10:28Z {TOLD}\n".encode(), *flood(20_000)])
    middle = [line.text for line in text.lines[HEAD_LINES:-TAIL_LINES]]
    assert middle[AROUND] == TOLD
    assert len(middle) == 2 * AROUND + 1
    assert '"acquired":19999,' in middle[AROUND - 1]
    assert '"acquired":0,' in middle[AROUND + 1]
    assert text.cut == 40_001 - len(text.lines)


def test_errors_like_one_that_is_retained_are_counted() -> None:
    failed = '10.0.0.1 "GET /orders HTTP/1.1" {} 12'
    text = kept(
        [
            *flood(20_000),
            *flood(3, "ERROR order {0} failed"),
            *flood(9_000, failed.format(200)),
            *flood(2, failed.format(502)),
            *flood(20_000, failed.format(200)),
            *flood(7, "ERROR order {0} failed"),
            *flood(20_000),
        ]
    )
    counted = {line.text: (line.more, line.until is not None) for line in text.lines if line.more}
    assert counted == {"ERROR order 0 failed": (7, True)}
    assert sum(line.text.endswith("502 12") for line in text.lines) == 2


def test_a_flood_without_repetition_retains_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "NEW_BYTES", 1 << 30)
    phrases = [f"{chr(103 + number % 20)}{'z' * (number % 97)}{'y' * (number // 97)}" for number in range(9_000)]
    chunks = [f"2026-11-24T18:10:28Z {word}\n".encode() for word in phrases]
    chunks[7_000:7_000] = [f"2026-11-24T18:10:28Z {TOLD}\n".encode()]
    text = kept([*chunks, *flood(TAIL_LINES)])
    assert TOLD in [line.text for line in text.lines]
    assert len(text.lines) <= HEAD_LINES + NEW_LINES + NEW_ERRORS + TAIL_LINES


def test_the_newest_lines_of_a_flood_are_without_a_gap() -> None:
    assert len(kept(list(flood(20_000))).newest) == TAIL_LINES
    assert len(kept(list(flood(4_000))).newest) == 4_000
