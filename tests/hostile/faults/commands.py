"""Commands in containers."""

import json
from collections.abc import Callable

from tests.hostile import websocket
from tests.hostile.faults.fault import CUT, EXECS, LARGE, LATE, LOGIN_PAGE, MEBIBYTE, Apply, Expected, fault, flood
from tests.hostile.server import STATUS_CHANNEL, STDOUT, Exchange

_SUCCESS = json.dumps({"metadata": {}, "status": "Success"}).encode()
NO_STATUS = r"status|channel|ended|closed|" + CUT
NO_SURVEY = r"print|answer|valid|survey|output|part|" + CUT


def channel(channel: int, data: bytes, opcode: int = websocket.BINARY) -> bytes:
    return websocket.frame(bytes((channel,)) + data, opcode)


def _exec(*frames: bytes, code: int | None = 1000) -> Apply:
    """Returns a fault that sends frames, closes the WebSocket by the code, or the connection without one."""

    def apply(exchange: Exchange) -> None:
        exchange.handshake()
        for frame in frames:
            exchange.wire.send(frame)
        if code is not None:
            exchange.wire.send(websocket.close_frame(code))
        exchange.wire.close()

    return apply


def _printed(exchange: Exchange) -> bytes:
    return "".join(text for channel, text in exchange.exec_output() if channel == STDOUT).encode()


def _prints(edit: Callable[[bytes], bytes], result: bytes = _SUCCESS) -> Apply:
    def apply(exchange: Exchange) -> None:
        _exec(channel(STDOUT, edit(_printed(exchange))), channel(STATUS_CHANNEL, result))(exchange)

    return apply


for _name, _output in {
    "nothing": b"",
    "tool-alone": b'{"tool":"node"}\n',
    "empty-object": b"{}\n",
    "null": b"null\n",
    "list": b"[]\n",
    "html": LOGIN_PAGE,
    "warning": b"(node:1) Warning: the survey is deprecated\n",
    "deep": b"[" * 200_000,
    "nul-bytes": b"\0" * 5000,
}.items():
    fault("exec", EXECS, NO_SURVEY, name=f"exec-prints-{_name}")(_prints(lambda _, _output=_output: _output))  # type: ignore[misc]
fault("exec", EXECS, NO_SURVEY, name="exec-prints-half")(_prints(lambda printed: printed[: len(printed) // 2]))
fault("exec", EXECS, NO_SURVEY, name="exec-prints-invalid-utf-8")(
    _prints(lambda printed: printed.replace(b'"', b'"\xff', 3))
)


def _without(*names: str) -> Callable[[bytes], bytes]:
    return lambda printed: json.dumps({k: v for k, v in json.loads(printed).items() if k not in names}).encode() + b"\n"


for _part in ("connections", "files", "variables", "logins", "process", "fetched", "values"):
    fault(
        "exec",
        EXECS,
        NO_SURVEY,
        Expected.EITHER if _part in {"process", "values", "fetched"} else Expected.UNKNOWN,
        name=f"exec-without-{_part}",
    )(_prints(_without(_part)))


@fault("exec", EXECS, NO_SURVEY)
def exec_parts_empty(exchange: Exchange) -> None:
    """Prints a survey whose lists are empty."""
    _prints(
        lambda printed: json.dumps(
            {k: [] if isinstance(v, list) else v for k, v in json.loads(printed).items()}
        ).encode()
    )(exchange)


@fault("exec", EXECS, NO_STATUS)
def exec_no_status(exchange: Exchange) -> None:
    """Prints everything and ends without a status."""
    _exec(channel(STDOUT, _printed(exchange)))(exchange)


@fault("exec", EXECS, r"killed|137|exit code|terminated|status|" + CUT)
def exec_status_failure(exchange: Exchange) -> None:
    """Prints everything and fails."""
    failure = {
        "status": "Failure",
        "message": "command terminated with non-zero exit code: 137",
        "reason": "NonZeroExitCode",
    }
    _prints(lambda printed: printed, json.dumps(failure).encode())(exchange)


for _name, _result in {
    "garbage": b"\xff\xfe",
    "html": LOGIN_PAGE,
    "empty-object": b"{}",
    "null": b"null",
    "list": b'["Success"]',
    "text": b"Success",
    "unknown": b'{"status":"Perhaps"}',
    "message-number": b'{"status":"Failure","message":7}',
}.items():
    fault("exec", EXECS, NO_STATUS, name=f"exec-status-{_name}")(_prints(lambda printed: printed, _result))
for _code in (1000, 1001, 1006, 1011):
    fault("exec", EXECS, NO_STATUS, name=f"exec-close-{_code}")(_exec(code=_code))
fault("exec", EXECS, NO_STATUS, name="exec-cut")(_exec(channel(STDOUT, b'{"tool":'), code=None))


@fault("exec", EXECS, NO_STATUS)
def exec_reset(exchange: Exchange) -> None:
    """Resets the connection within the output."""
    exchange.handshake()
    exchange.wire.send(channel(STDOUT, b'{"tool":'))
    exchange.wire.wait(0.1)
    exchange.wire.reset()


@fault("exec", EXECS, "", Expected.EITHER)
def exec_status_first(exchange: Exchange) -> None:
    """Sends the status before the output."""
    _exec(channel(STATUS_CHANNEL, _SUCCESS), channel(STDOUT, _printed(exchange)))(exchange)


@fault("exec", EXECS, "", Expected.HEALTHY)
def exec_byte_by_byte(exchange: Exchange) -> None:
    """Sends each byte of the output in a frame of its own."""
    frames = [channel(STDOUT, bytes((byte,))) for byte in _printed(exchange)]
    _exec(b"".join(frames), channel(STATUS_CHANNEL, _SUCCESS))(exchange)


@fault("exec", EXECS, "", Expected.EITHER)
def exec_text_frames(exchange: Exchange) -> None:
    """Sends text frames."""
    _exec(channel(STDOUT, _printed(exchange), websocket.TEXT), channel(STATUS_CHANNEL, _SUCCESS, websocket.TEXT))(
        exchange
    )


@fault("exec", EXECS, "", Expected.EITHER)
def exec_with_pings(exchange: Exchange) -> None:
    """Sends pings between the frames."""
    ping = websocket.frame(b"are you there", websocket.PING)
    _exec(ping * 50, channel(STDOUT, _printed(exchange)), ping * 50, channel(STATUS_CHANNEL, _SUCCESS))(exchange)


@fault("exec", EXECS, NO_STATUS)
def exec_other_channel(exchange: Exchange) -> None:
    """Sends the output to channels that do not exist."""
    _exec(channel(77, _printed(exchange)), channel(200, _SUCCESS))(exchange)


@fault("exec", EXECS, NO_STATUS, Expected.EITHER)
def exec_empty_frames(exchange: Exchange) -> None:
    """Sends frames without a channel, then everything."""
    _exec(websocket.frame(b"") * 20, channel(STDOUT, _printed(exchange)), channel(STATUS_CHANNEL, _SUCCESS))(exchange)


def endless(*, channel: int = STDOUT, opcode: int = websocket.BINARY, block: bytes = b"a" * (64 << 10)) -> Apply:
    def apply(exchange: Exchange) -> None:
        exchange.handshake()
        payload = block if opcode == websocket.PING else bytes((channel,)) + block
        flood(exchange, b"", websocket.frame(payload, opcode) * max(1, MEBIBYTE // len(payload)), 1 << 40)

    return apply


fault("exec", EXECS, LARGE, name="exec-flood", heavy=True, slow=True)(endless())
fault("exec", EXECS, LARGE, name="exec-flood-stderr", heavy=True, slow=True)(endless(channel=2))
fault("exec", EXECS, LARGE, name="exec-flood-status", heavy=True, slow=True)(endless(channel=STATUS_CHANNEL))
fault("exec", EXECS, LARGE + "|channel", name="exec-flood-other-channel", heavy=True, slow=True)(endless(channel=9))
fault("exec", EXECS, LARGE, name="exec-flood-small", heavy=True, slow=True)(endless(block=b"a"))
fault("exec", EXECS, LARGE + "|" + LATE, name="exec-flood-pings", heavy=True, slow=True)(
    endless(opcode=websocket.PING, block=b"a" * 100)
)


@fault("exec", EXECS, LATE, slow=True)
def exec_never_ends(exchange: Exchange) -> None:
    """Prints everything and does not end."""
    exchange.handshake()
    exchange.wire.send(channel(STDOUT, _printed(exchange)))
    exchange.wire.wait_for_end()


@fault("exec", EXECS, LATE, slow=True)
def exec_drips(exchange: Exchange) -> None:
    """Prints one byte a second."""
    exchange.handshake()
    for byte in _printed(exchange):
        exchange.wire.send(channel(STDOUT, bytes((byte,))))
        exchange.wire.wait(1)


_BANNER = b"Welcome! {not JSON}\nDebugger attached.\n"
fault("exec", EXECS, "", Expected.HEALTHY, name="exec-banner")(_prints(lambda printed: _BANNER + printed))
fault("exec", EXECS, NO_SURVEY, Expected.EITHER, name="exec-words-after")(_prints(lambda printed: printed + b"bye\n"))
fault("exec", EXECS, NO_SURVEY, Expected.EITHER, name="exec-prints-twice")(_prints(lambda printed: printed + printed))


@fault("exec", EXECS, "", Expected.HEALTHY)
def exec_noise_on_stderr(exchange: Exchange) -> None:
    """Prints 100 KB of warnings besides the output."""
    noise = channel(2, b"(node:1) Warning: deprecated\n" * 350)
    _exec(noise * 10, channel(STDOUT, _printed(exchange)), channel(STATUS_CHANNEL, _SUCCESS))(exchange)


@fault("exec", EXECS, "", Expected.HEALTHY)
def exec_in_fragments(exchange: Exchange) -> None:
    """Sends the output as one message of three fragments."""
    whole = bytes((STDOUT,)) + _printed(exchange)
    third = len(whole) // 3
    parts = (whole[:third], whole[third : 2 * third], whole[2 * third :])
    fragments = [websocket.frame(part, opcode) for part, opcode in zip(parts, (websocket.BINARY, 0, 0), strict=True)]
    # All but the last have no final bit.
    unfinished = [bytes((each[0] & 0x7F,)) + each[1:] for each in fragments[:2]]
    _exec(*unfinished, fragments[2], channel(STATUS_CHANNEL, _SUCCESS))(exchange)


@fault("exec", EXECS, "", Expected.EITHER)
def exec_status_twice(exchange: Exchange) -> None:
    """Succeeds and fails."""
    failure = channel(STATUS_CHANNEL, b'{"status":"Failure","message":"late"}')
    _exec(channel(STDOUT, _printed(exchange)), channel(STATUS_CHANNEL, _SUCCESS), failure)(exchange)
