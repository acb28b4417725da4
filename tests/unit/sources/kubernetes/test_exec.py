"""An exec answers whole or not at all, in time, whatever the server sends; a failure never has the program in it."""

import json
import time
import tracemalloc

import pytest

from diagnose.queries.exec_survey.survey import ExecSurvey, LoginAs
from diagnose.queries.query import ForbiddenError, NoAnswerError, NoProgramError
from diagnose.sources.kubernetes.exec import PRINTED_LIMIT, PodExecSource
from diagnose.sources.usage import Counter
from reports.text.phrases import FORBIDDEN
from tests.hostile import websocket
from tests.hostile.capture import load
from tests.hostile.server import STATUS_CHANNEL, STDOUT, Exchange, Fault
from tests.support.streams import BROKEN, after_handshake, cluster_with, endless

PROGRAM = "node -e const fs = require('fs');\n// [a file] not found\n" * 400
KILLED = f"command terminated with non-zero exit code: error executing command [{PROGRAM}], exit code 137"
NO_NODE = f'error executing command [{PROGRAM}]: exec: "node": executable file not found in $PATH'
RECORDED = next(each for each in load().execs if each.program == "node")
LOGIN = LoginAs(purpose="worker", host="db", port=5432, database="d", user="u", password_variables=("DB_PASSWORD",))
QUERY = ExecSurvey(
    namespace=RECORDED.namespace,
    pod=RECORDED.pod,
    container=RECORDED.container,
    variables=("A",),
    logins=(LOGIN,),
)
WHOLE = (
    '{"tool":"node","variables":[{"label":"A","shape":"set"}],"logins":[{"purpose":"worker"}],"process":{"clock":1}}'
)
SUCCESS = websocket.frame(bytes([STATUS_CHANNEL]) + b'{"status":"Success"}')


def printed(text: str) -> bytes:
    """A frame of standard output."""
    return websocket.frame(bytes([STDOUT]) + text.encode())


def failed(message: str) -> bytes:
    """A frame with the status of a command that failed."""
    return websocket.frame(bytes([STATUS_CHANNEL]) + json.dumps({"status": "Failure", "message": message}).encode())


def reason(fault: Fault, monkeypatch: pytest.MonkeyPatch, timeout_s: float = 9.0) -> str:
    """The reason for which there is no answer."""
    with cluster_with(fault, "exec", monkeypatch) as cluster, pytest.raises(NoAnswerError) as caught:
        PodExecSource(cluster, Counter()).survey(QUERY, timeout_s)
    text = str(caught.value)
    assert text.startswith(f"exec into pod {QUERY.pod}, container {QUERY.container}: ")
    return text


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_stream_is_no_answer_and_its_reason_says_what_happened(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, expected = BROKEN[name]
    began = time.monotonic()
    limit_s = 0.6 if "time" in expected else 9.0
    assert any(part in reason(fault, monkeypatch, limit_s) for part in expected.split("|"))
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ((printed('{"tool":"node"}'), SUCCESS), "incomplete answer"),
        ((printed(WHOLE.replace('"clock":1', "")), SUCCESS), "without process"),
        ((printed("null"), SUCCESS), "no answer"),
        ((printed('"text"'), SUCCESS), "no answer"),
        ((SUCCESS,), "nothing"),
        ((printed("{}\n"), websocket.close_frame(1000)), "without an exit status"),
        ((websocket.frame(bytes([STATUS_CHANNEL]) + b"{"), websocket.close_frame(1000)), "without an exit status"),
        ((websocket.frame(bytes([STATUS_CHANNEL]) + b"[" * 9000), websocket.close_frame(1000)), "without an exit"),
        ((websocket.frame(bytes([STATUS_CHANNEL]) + b"\xff"), websocket.close_frame(1000)), "without an exit status"),
        ((websocket.close_frame(1011),), "without an exit status"),
    ],
)
def test_a_command_that_ends_early_is_no_answer(
    frames: tuple[bytes, ...], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert expected in reason(after_handshake(*frames), monkeypatch)


def test_a_flood_is_refused_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    tracemalloc.start()
    try:
        text = reason(endless(printed("x" * 60_000) * 20), monkeypatch, timeout_s=30)
        assert "more than 4 MB" in text
        # The stand-in's own buffers count, too.
        assert tracemalloc.get_traced_memory()[1] < 6 * PRINTED_LIMIT
    finally:
        tracemalloc.stop()


def test_an_answer_is_taken_from_a_server_that_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(exchange: Exchange) -> None:
        exchange.handshake()
        for each in exchange.exec_frames():
            exchange.wire.send(each)
        exchange.wire.wait_for_end()

    query = ExecSurvey(namespace=QUERY.namespace, pod=QUERY.pod, container=QUERY.container)
    with cluster_with(fault, "exec", monkeypatch) as cluster:
        assert PodExecSource(cluster, Counter()).survey(query, 20).tool == "node"


def test_messages_in_pieces_and_between_pings_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    first, rest = printed(WHOLE[:9]), WHOLE[9:].encode()
    pieces = (
        bytes([0x02]) + first[1:],
        websocket.frame(b"between", websocket.PING),
        bytes([0x80, len(rest)]) + rest,
        SUCCESS,
        websocket.close_frame(1000),
    )
    with cluster_with(after_handshake(*pieces), "exec", monkeypatch) as cluster:
        answer = PodExecSource(cluster, Counter()).survey(QUERY, 20)
    assert [each.label for each in answer.variables] == ["A"]


def test_a_refused_right_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    message = 'pods "p" is forbidden: User "ci" cannot create resource "pods/exec" in API group "" in the namespace "n"'
    body = json.dumps({"kind": "Status", "message": message})

    def fault(exchange: Exchange) -> None:
        exchange.wire.send(f"HTTP/1.1 403 F\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        exchange.wire.wait_for_end()

    with cluster_with(fault, "exec", monkeypatch) as cluster, pytest.raises(ForbiddenError) as caught:
        PodExecSource(cluster, Counter()).survey(QUERY, 5)
    assert str(caught.value) == "create pods/exec in namespace n is forbidden for ci"
    assert FORBIDDEN in str(caught.value)  # by which reports tell a missing right


def test_a_killed_program_is_recognized_by_its_exit_code_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reason(after_handshake(failed(KILLED), websocket.close_frame(1000)), monkeypatch)
    assert found.endswith("command terminated with non-zero exit code: exit code 137")


def test_of_a_long_message_the_end_is_shown_from_the_beginning_of_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "an error occurred in the runtime " * 20 + "and this is why"
    found = reason(after_handshake(failed(message), websocket.close_frame(1000)), monkeypatch)
    shown = found.partition("…")[2]
    assert shown.endswith("and this is why")
    assert f" {shown}" in message


def test_a_missing_program_differs_from_one_whose_output_mentions_it(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []

    def fault(exchange: Exchange) -> None:
        commands.append(exchange.request.query["command"])
        after_handshake(failed(NO_NODE), websocket.close_frame(1000))(exchange)

    assert "the image has neither node nor a shell" in reason(fault, monkeypatch)
    assert sorted(commands) == ["env", "sh"]


@pytest.mark.parametrize(
    ("first", "commands"),
    [
        ('exec: "env": executable file not found in $PATH: unknown', ["env", "node", "sh"]),
        ("executable file `env` not found in $PATH: No such file or directory", ["env", "node", "sh"]),
        ('exec: "sh": executable file not found in $PATH: unknown', ["env", "sh"]),
    ],
)
def test_node_runs_without_the_options_of_the_program_where_the_image_has_env(
    first: str, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def fault(exchange: Exchange) -> None:
        words = exchange.request.query["command"]
        tried.append(words)
        message = first if len(tried) == 1 else 'exec: "x": executable file not found in $PATH: unknown'
        after_handshake(failed(f"error executing command in container: {message}"), websocket.close_frame(1000))(
            exchange
        )

    assert "the image has neither node nor a shell" in reason(fault, monkeypatch)
    assert tried == commands


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ('exec: "sh": executable file not found in $PATH: unknown', NoProgramError),
        ('exec: "/bin/sh": stat /bin/sh: no such file or directory', NoProgramError),
        ("executable file `sh` not found in $PATH: No such file or directory", NoProgramError),
        ('error finding executable "sh" in PATH [/usr/bin /bin]: no such file or directory', NoProgramError),
        ("failed to load task: no running task found: task 1a2b not found: not found", NoAnswerError),
        ("exec failed: open /proc/4711/ns/ipc: no such file or directory", NoAnswerError),
        ("container not found in pod", NoAnswerError),
    ],
)
def test_only_a_runtime_that_lacks_the_program_means_that_there_is_none(
    message: str, kind: type[NoAnswerError], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = after_handshake(failed(f"error executing command in container: {message}"), websocket.close_frame(1000))
    with cluster_with(fault, "exec", monkeypatch) as cluster, pytest.raises(NoAnswerError) as caught:
        PodExecSource(cluster, Counter()).survey(QUERY, 9)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "first",
    [b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 503 U\r\n\r\n", b""],
)
def test_a_transient_error_of_the_handshake_is_not_the_end(first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(exchange: Exchange) -> None:
        if exchange.times:
            exchange.proceed()
        else:
            exchange.wire.send(first)
            exchange.wire.close()

    query = ExecSurvey(namespace=QUERY.namespace, pod=QUERY.pod, container=QUERY.container)
    with cluster_with(fault, "exec", monkeypatch) as cluster:
        assert PodExecSource(cluster, Counter()).survey(query, 20).tool == "node"
