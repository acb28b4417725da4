"""WebSocket frames (RFC 6455) as the API server and a recorder of its answers need them."""

import base64
import hashlib
from collections.abc import Iterator

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    """Returns the answer to the client's key."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()


def frame(payload: bytes, opcode: int = BINARY) -> bytes:
    """Returns a server's frame."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big")
    return head + payload


def close_frame(code: int) -> bytes:
    """Returns a frame that closes the WebSocket."""
    return frame(code.to_bytes(2, "big"), CLOSE)


class Frames:
    """Takes bytes of either side and returns whole frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """Yields opcode and payload of each frame that is complete now."""
        self._rest += chunk
        while len(self._rest) >= 2:
            opcode, size, at = self._rest[0] & 0x0F, self._rest[1] & 0x7F, 2
            masked = bool(self._rest[1] & 0x80)
            if size >= 126:
                at += 2 if size == 126 else 8
                size = int.from_bytes(self._rest[2:at], "big")
            mask = self._rest[at : at + 4] if masked else b""
            at += len(mask) if masked else 0
            if len(self._rest) < at + size or (masked and len(mask) < 4):
                return
            payload = bytes(self._rest[at : at + size])
            del self._rest[: at + size]
            yield opcode, _unmask(payload, bytes(mask)) if masked else payload


def _unmask(payload: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
