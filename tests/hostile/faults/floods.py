"""More than fits, in one answer or in pages without an end."""

import gzip
import json
import zlib
from collections.abc import Callable
from functools import cache

from tests.hostile.faults.connections import never_answers
from tests.hostile.faults.fault import (
    EVERYTHING,
    HTTP,
    LARGE,
    LATE,
    LISTS,
    MEBIBYTE,
    NOT_VALID,
    Apply,
    fault,
    flood,
    replaced,
)
from tests.hostile.faults.refusals import refused
from tests.hostile.objects import Answer
from tests.hostile.server import Exchange, head

COMPRESSED = r"gzip|compress|encoded|valid"


@cache
def bomb(megabytes: int, content: bytes) -> bytes:
    """Returns megabytes of the same byte, compressed: one block, which is flushed, as often as is needed."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(content * MEBIBYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(content * MEBIBYTE, checksum)
    end = packer.flush() + checksum.to_bytes(4, "little") + (megabytes * MEBIBYTE).to_bytes(4, "little")
    return b"\x1f\x8b\x08" + bytes(7) + block * megabytes + end


@fault("large", HTTP, LARGE + "|" + COMPRESSED, heavy=True)
def gzip_bomb(exchange: Exchange) -> None:
    """Sends 1 MB that is 1 GB of blanks."""
    answer = exchange.answer()
    answer.body = bomb(1024, b" ")
    answer.headers["Content-Encoding"] = "gzip"
    exchange.send(answer)


@fault("large", HTTP, LARGE + "|" + COMPRESSED, heavy=True)
def gzip_bomb_twice(exchange: Exchange) -> None:
    """Sends some KB that are 1 GB after unpacking twice."""
    answer = exchange.answer()
    answer.body = gzip.compress(bomb(1024, b"a"))
    answer.headers["Content-Encoding"] = "gzip, gzip"
    exchange.send(answer)


ITEM = b'{"metadata":{"name":"flood","namespace":"msp","uid":"0"}},'


@fault("large", LISTS, LARGE, heavy=True, slow=True)
def list_of_1_gb(exchange: Exchange) -> None:
    """Sends 1 GB of objects."""
    answer = exchange.answer()
    begin = answer.body.partition(b'"items": [')[0] + b'"items": ['
    flood(exchange, head(answer, {"Content-Length": str(1 << 30)}) + begin, ITEM * 10_000)


@fault("large", LISTS, LARGE, heavy=True, slow=True)
def endless_blanks(exchange: Exchange) -> None:
    """Sends blanks before the list, without an end."""
    flood(exchange, head(exchange.answer(), {"Connection": "close"}), b" " * MEBIBYTE, 1 << 40)


@fault("large", LISTS, LARGE + "|header|answer", heavy=True, slow=True)
def endless_headers(exchange: Exchange) -> None:
    """Sends headers without an end."""
    flood(exchange, b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 1000, 1 << 40)


@fault("large", EVERYTHING, LARGE + "|header|answer|line", heavy=True, slow=True)
def endless_header_line(exchange: Exchange) -> None:
    """Sends one header without an end."""
    flood(exchange, b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * MEBIBYTE, 1 << 40)


@fault("large", LISTS, LARGE + "|" + LATE, heavy=True, slow=True)
def endless_100_continue(exchange: Exchange) -> None:
    """Sends interim responses without an end."""
    flood(exchange, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 1 << 40)


def _paged(items: Callable[[list[object]], list[object]], token: Callable[[Exchange], str]) -> Apply:
    def apply(exchange: Exchange) -> None:
        answer = exchange.answer()
        plain = json.loads(answer.body)
        if answer.status != 200:
            exchange.send(answer)
            return
        plain["items"] = items(plain.get("items") or [])
        plain.setdefault("metadata", {})["continue"] = token(exchange)
        exchange.send(Answer(body=json.dumps(plain).encode()))

    return apply


def _next(exchange: Exchange) -> str:
    return _MORE[exchange.times % len(_MORE)]


# Tokens of offset 0, so that the stand-in answers each of them with its first page.
_MORE = ["MA==", "MDA=", "MDAw"]
fault("pages", LISTS, LARGE, name="endless-empty-pages", slow=True, heavy=True)(_paged(lambda _: [], _next))
fault("pages", LISTS, LARGE, name="endless-full-pages", slow=True, heavy=True)(_paged(lambda items: items * 20, _next))
fault("pages", LISTS, LARGE + "|same|continue|token", name="same-continue", slow=True, heavy=True)(
    _paged(lambda items: items, lambda _: "MA==")
)
fault("pages", LISTS, NOT_VALID, name="continue-number")(_paged(lambda items: items, lambda _: 7))  # type: ignore[arg-type, return-value]


def _second_page(apply: Apply) -> Apply:
    first = _paged(lambda items: items[: len(items) // 2], lambda _: "MA==")

    def both(exchange: Exchange) -> None:
        if exchange.request.query.get("continue"):
            apply(exchange)
        else:
            first(exchange)

    return both


fault("pages", LISTS, r"410|[Ee]xpired|too old", name="page-2-expired")(
    _second_page(refused(410, "Expired", "The provided continue parameter is too old"))
)
fault("pages", LISTS, r"500|error", name="page-2-fails")(
    _second_page(refused(500, "InternalError", "an error on the server"))
)
fault("pages", LISTS, NOT_VALID, name="page-2-other-kind")(
    _second_page(replaced('{"kind":"ConfigMapList","apiVersion":"v1","items":[]}'))
)
fault("pages", LISTS, NOT_VALID, name="page-2-empty-object")(_second_page(replaced("{}")))
fault("pages", LISTS, LATE, name="page-2-never", slow=True)(_second_page(never_answers))
