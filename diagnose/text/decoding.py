"""Plain data into typed values, from any thread.

msgspec works out what a type looks like when it is first used, and two threads that do so for the same nested types
at the same time end the process with a segmentation fault (seen with 0.22.0). One lock around every first use
prevents that; it costs nothing, because decoding holds Python's own lock anyway.
"""

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_LOCK = threading.Lock()


def from_json(text: bytes | str, kind: type[T]) -> T:
    """JSON as a value of that type.

    Raises:
        msgspec.DecodeError: it is no JSON, or not of that type.
    """
    with _LOCK:
        return msgspec.json.decode(text, type=kind)


def from_plain(plain: object, kind: Any) -> Any:
    """Plain data as a value of that type; numbers and times may be given as text.

    Raises:
        msgspec.ValidationError: it is not of that type.
    """
    with _LOCK:
        return msgspec.convert(plain, kind, strict=False)


def list_from_json(items: list[msgspec.Raw], kind: type[T]) -> list[T]:
    """Pieces of JSON as values of that type.

    Raises:
        msgspec.DecodeError: one of them is not of that type.
    """
    with _LOCK:
        decoder = msgspec.json.Decoder(kind)
        return [decoder.decode(each) for each in items]
