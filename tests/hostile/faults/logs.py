"""Logs."""

from tests.hostile.faults.fault import (
    CUT,
    LARGE,
    LATE,
    LOGIN_PAGE,
    LOGS,
    MEBIBYTE,
    NOT_VALID,
    Expected,
    drip,
    fault,
    flood,
    replaced,
)
from tests.hostile.objects import Answer
from tests.hostile.server import Exchange, head

_STAMP = b"2026-01-01T00:00:00.000000000Z "


def _log(exchange: Exchange, body: bytes) -> None:
    exchange.send(Answer(body=body, content_type="text/plain"))


fault("log", LOGS, "", Expected.EITHER, name="log-empty")(replaced("", "text/plain"))
fault("log", LOGS, LARGE + "|" + NOT_VALID, Expected.EITHER, name="log-binary")(
    replaced(bytes(range(256)) * 4096, "application/octet-stream")
)
fault("log", LOGS, NOT_VALID, name="log-html-as-text")(replaced(LOGIN_PAGE, "text/plain"))
fault("log", LOGS, NOT_VALID, name="log-json-list")(replaced('{"kind":"PodList","apiVersion":"v1","items":[]}'))
fault("log", LOGS, "", Expected.EITHER, name="log-line-of-hints", slow=True)(
    replaced(_STAMP + b"key " + b"a-" * 8_000 + b"\n", "text/plain")
)
fault("log", LOGS, "", Expected.EITHER, name="log-300-lines-of-hints", slow=True)(
    replaced((_STAMP + b"key " + b"a-" * 1_950 + b"\n") * 300, "text/plain")
)
fault("log", LOGS, "", Expected.EITHER, name="log-lines-of-brackets", slow=True)(
    replaced((_STAMP + b'error: {"' + b'[{"' * 5_000 + b"\n") * 40, "text/plain")
)
fault("log", LOGS, "", Expected.EITHER, name="log-future")(
    replaced(_STAMP.replace(b"2026", b"2096") + b"started\n", "text/plain")
)


@fault("log", LOGS, NOT_VALID + "|time", Expected.EITHER)
def log_without_timestamps(exchange: Exchange) -> None:
    """Leaves out the times that were requested."""
    answer = exchange.answer()
    answer.body = b"\n".join(line.partition(b" ")[2] for line in answer.body.split(b"\n"))
    exchange.send(answer)


@fault("log", LOGS, LARGE, Expected.EITHER, heavy=True, slow=True)
def log_line_of_1_gb(exchange: Exchange) -> None:
    """Sends one line of 1 GB."""
    flood(
        exchange, head(Answer(content_type="text/plain"), {"Connection": "close"}) + _STAMP, b"a b-" * (MEBIBYTE // 4)
    )
    exchange.wire.close()


@fault("log", LOGS, LARGE + "|" + LATE + "|" + CUT, heavy=True, slow=True)
def log_endless(exchange: Exchange) -> None:
    """Sends lines at full speed, without an end."""
    begin = head(Answer(content_type="text/plain"), {"Connection": "close"})
    flood(exchange, begin, (_STAMP + b"info: job 1 is complete\n") * 10_000, 1 << 40)


@fault("log", LOGS, LARGE + "|" + LATE + "|" + CUT, slow=True)
def log_slow(exchange: Exchange) -> None:
    """Sends a line a second, without an end."""
    exchange.wire.send(head(Answer(content_type="text/plain"), {"Connection": "close"}))
    drip(exchange, (_STAMP + b"info: started\n") * 1000, size=len(_STAMP) + 14)


@fault("log", LOGS, LARGE + "|" + LATE, Expected.EITHER, heavy=True, slow=True)
def log_long_lines(exchange: Exchange) -> None:
    """Sends 5,000 lines of 16,000 characters."""
    line = _STAMP + b"info: " + b"lorem ipsum " * 1_333 + b"\n"
    _log(exchange, line * 5_000)
