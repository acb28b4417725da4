"""Thread-safe decoding of plain data into typed values.

msgspec inspects a type on its first use; two threads that do so for the same nested types at the same time end the
process with a segmentation fault (observed with 0.22.0). One lock prevents that; it costs nothing, because decoding
holds the GIL anyway.
"""

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_LOCK = threading.Lock()


def from_json(text: bytes | bytearray | str | msgspec.Raw, kind: type[T], *, strict: bool = True) -> T:
    """Decodes JSON into a value of the type; where it is not strict, numbers may be given as text.

    Raises:
        msgspec.DecodeError: the text is no JSON, or not of that type.
    """
    with _LOCK:
        return _decoded(text, msgspec.json.Decoder(kind, strict=strict))


def from_plain(plain: object, kind: Any) -> Any:
    """Converts plain data into a value of the type; numbers and times may be given as text.

    Raises:
        msgspec.ValidationError: the data is not of that type.
    """
    with _LOCK:
        return msgspec.convert(plain, kind, strict=False)


def list_from_json(items: list[msgspec.Raw], kind: type[T]) -> list[T | msgspec.DecodeError]:
    """Decodes pieces of JSON into values of the type, or errors where they are of another one."""
    with _LOCK:
        decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)
        found: list[T | msgspec.DecodeError] = []
        for item in items:
            try:
                found.append(_decoded(item, decoder))
            except msgspec.DecodeError as error:
                found.append(error)
        return found


def _decoded(text: bytes | bytearray | str | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(text)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"invalid UTF-8: {error.reason}") from error
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deeply") from error
