"""WebSockets."""

from tests.hostile import websocket
from tests.hostile.faults.fault import (
    CUT,
    LARGE,
    LATE,
    LOGIN_PAGE,
    MEBIBYTE,
    SOCKETS,
    Expected,
    fault,
    flood,
    replaced,
)
from tests.hostile.server import Exchange

_HANDSHAKE = r"handshake|WebSocket|websocket|answer|upgrade|status|HTTP|HTML|html|protocol|" + CUT


fault("websocket", SOCKETS, _HANDSHAKE, name="websocket-200")(replaced("{}"))
fault("websocket", SOCKETS, _HANDSHAKE, name="websocket-200-html")(replaced(LOGIN_PAGE, "text/html"))


@fault("websocket", SOCKETS, _HANDSHAKE)
def websocket_wrong_key(exchange: Exchange) -> None:
    """Accepts with the answer to another key."""
    exchange.request.headers["sec-websocket-key"] = "made-up"
    exchange.proceed()


@fault("websocket", SOCKETS, _HANDSHAKE, Expected.EITHER)
def websocket_other_protocol(exchange: Exchange) -> None:
    """Accepts with a protocol that was not offered."""
    exchange.handshake("chat")
    exchange.wire.send(websocket.close_frame(1002))
    exchange.wire.close()


@fault("websocket", SOCKETS, _HANDSHAKE + "|" + LATE, slow=True)
def websocket_half_frame(exchange: Exchange) -> None:
    """Declares a frame of 2^62 bytes and sends some of it."""
    exchange.handshake()
    exchange.wire.send(bytes((0x82, 127)) + (1 << 62).to_bytes(8, "big") + b"\1" * 1000)
    exchange.wire.wait_for_end()


@fault("websocket", SOCKETS, LARGE, heavy=True, slow=True)
def websocket_frame_of_1_gb(exchange: Exchange) -> None:
    """Sends a frame of 1 GB."""
    exchange.handshake()
    flood(exchange, bytes((0x82, 127)) + (1 << 30).to_bytes(8, "big"), b"\1" * MEBIBYTE)


@fault("websocket", SOCKETS, LARGE + "|" + CUT, heavy=True, slow=True)
def websocket_endless_fragments(exchange: Exchange) -> None:
    """Sends fragments of one message, without an end."""
    exchange.handshake()
    fragment = bytes((0x00, 127)) + MEBIBYTE.to_bytes(8, "big") + b"a" * MEBIBYTE
    flood(exchange, bytes((0x02, 1)) + b"\1", fragment, 1 << 40)


@fault("websocket", SOCKETS, _HANDSHAKE + "|frame|opcode")
def websocket_garbage(exchange: Exchange) -> None:
    """Sends no frames."""
    exchange.handshake()
    exchange.wire.send(b"\xff\xff\xff\xff" * 100)
    exchange.wire.wait(0.1)
    exchange.wire.close()


@fault("websocket", SOCKETS, LATE, slow=True)
def websocket_silent(exchange: Exchange) -> None:
    """Accepts and sends nothing."""
    exchange.handshake()
    exchange.wire.wait_for_end()
