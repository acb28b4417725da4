"""Connections that break, stall or are unusual, and faults that are gone at the next try."""

import gzip

from tests.hostile.faults.fault import CUT, EVERYTHING, HTTP, LATE, LISTS, LOGS, NOT_VALID, Apply, Expected, drip, fault
from tests.hostile.server import Exchange, head


@fault("connection", EVERYTHING, CUT)
def reset(exchange: Exchange) -> None:
    """Resets the connection before an answer."""
    exchange.wire.reset()


@fault("connection", EVERYTHING, CUT)
def close(exchange: Exchange) -> None:
    """Closes the connection without an answer."""
    exchange.wire.close()


def _halved(end: Apply) -> Apply:
    def apply(exchange: Exchange) -> None:
        answer = exchange.answer()
        length = {"Content-Length": str(max(len(answer.body), 2))}
        exchange.wire.send(head(answer, length) + answer.body[: len(answer.body) // 2])
        exchange.wire.wait(0.1)
        end(exchange)

    return apply


fault("connection", HTTP, CUT, name="close-mid-body")(_halved(close))
fault("connection", HTTP, CUT, name="reset-mid-body")(_halved(reset))
fault("connection", HTTP, LATE + "|" + CUT, name="stall-mid-body", slow=True)(
    _halved(lambda exchange: exchange.wire.wait_for_end())
)


@fault("connection", HTTP, CUT)
def close_after_head(exchange: Exchange) -> None:
    """Closes the connection before the body."""
    exchange.wire.send(head(exchange.answer(), {"Content-Length": "100000"}))
    exchange.wire.close()


@fault("connection", EVERYTHING, LATE, slow=True)
def never_answers(exchange: Exchange) -> None:
    """Accepts a request and is silent."""
    exchange.wire.wait_for_end()


@fault("connection", EVERYTHING, LATE, slow=True)
def slow_head(exchange: Exchange) -> None:
    """Sends one byte of the head a second."""
    drip(exchange, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000)


@fault("connection", HTTP, LATE + "|" + CUT, slow=True)
def slow_body(exchange: Exchange) -> None:
    """Sends one byte of the body a second."""
    answer = exchange.answer()
    exchange.wire.send(head(answer, {"Content-Length": str(len(answer.body))}))
    drip(exchange, answer.body)


@fault("connection", LISTS, LATE + "|" + CUT, slow=True)
def slow_chunks(exchange: Exchange) -> None:
    """Sends a chunk of one blank a second."""
    exchange.wire.send(head(exchange.answer(), {"Transfer-Encoding": "chunked"}))
    drip(exchange, b"1\r\n \r\n" * 1000, size=6)


@fault("connection", EVERYTHING, "", Expected.HEALTHY)
def two_seconds_late(exchange: Exchange) -> None:
    """Answers after two seconds."""
    exchange.wire.wait(2)
    exchange.proceed()


@fault("connection", HTTP, "", Expected.HEALTHY)
def http_1_0(exchange: Exchange) -> None:
    """Answers by HTTP/1.0, without a length."""
    answer = exchange.answer()
    exchange.wire.send(head(answer, {}, version="1.0") + answer.body)
    exchange.wire.close()


@fault("connection", HTTP, "", Expected.HEALTHY)
def chunked(exchange: Exchange) -> None:
    """Answers in chunks."""
    answer = exchange.answer()
    exchange.wire.send(head(answer, {"Transfer-Encoding": "chunked"}) + _chunks(answer.body) + b"0\r\n\r\n")


@fault("connection", HTTP, CUT)
def chunked_without_end(exchange: Exchange) -> None:
    """Closes the connection before the last chunk."""
    answer = exchange.answer()
    exchange.wire.send(head(answer, {"Transfer-Encoding": "chunked"}) + _chunks(answer.body[: len(answer.body) // 2]))
    exchange.wire.close()


@fault("connection", HTTP, CUT + "|chunk|answer")
def chunked_with_garbage(exchange: Exchange) -> None:
    """Sends no number where a chunk begins."""
    exchange.wire.send(head(exchange.answer(), {"Transfer-Encoding": "chunked"}) + b"zz\r\n{}\r\n")
    exchange.wire.close()


def _chunks(body: bytes) -> bytes:
    parts = [body[at : at + 4096] for at in range(0, len(body), 4096)]
    return b"".join(f"{len(each):x}\r\n".encode() + each + b"\r\n" for each in parts)


@fault("connection", EVERYTHING, CUT + "|answer|HTTP|status|header")
def no_http(exchange: Exchange) -> None:
    """Answers in another protocol."""
    exchange.wire.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    exchange.wire.close()


@fault("connection", EVERYTHING, CUT + "|answer|HTTP|status|header")
def status_line_without_number(exchange: Exchange) -> None:
    """Answers with an invalid status line."""
    exchange.wire.send(b"HTTP/1.1 OK fine\r\n\r\n")
    exchange.wire.close()


@fault("connection", LISTS, "", Expected.HEALTHY)
@fault("connection", LOGS, NOT_VALID + "|gzip|compress", Expected.EITHER, name="log-gzipped")
def gzipped(exchange: Exchange) -> None:
    """Compresses the answer, though that was not requested."""
    answer = exchange.answer()
    answer.body = gzip.compress(answer.body)
    answer.headers["Content-Encoding"] = "gzip"
    exchange.send(answer)


@fault("connection", HTTP, CUT + "|answer|decode|gzip|compress|valid")
def gzip_invalid(exchange: Exchange) -> None:
    """Declares a compression that the body does not have."""
    answer = exchange.answer()
    answer.headers["Content-Encoding"] = "gzip"
    exchange.send(answer)


@fault("connection", HTTP, CUT + "|answer|decode|gzip|compress|valid")
def gzip_cut(exchange: Exchange) -> None:
    """Compresses the answer and leaves out its end."""
    answer = exchange.answer()
    packed = gzip.compress(answer.body)
    answer.body = packed[: len(packed) * 2 // 3]
    answer.headers["Content-Encoding"] = "gzip"
    exchange.send(answer)
