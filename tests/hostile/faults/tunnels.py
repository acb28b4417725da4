"""Port-forwards."""

from tests.hostile import websocket
from tests.hostile.faults.commands import channel, endless
from tests.hostile.faults.fault import CUT, LARGE, LATE, TUNNELS, Apply, Expected, fault
from tests.hostile.server import Exchange, Wire
from tests.hostile.tunnels import Server, server_of

BROKEN = r"port-forward|forward|" + CUT + "|" + LATE


def _tunnel(*frames: bytes, code: int | None = None, waits: bool = False) -> Apply:
    """Returns a fault that opens the port, sends frames, and then closes the tunnel or is silent."""

    def apply(exchange: Exchange) -> None:
        exchange.handshake()
        exchange.open_port()
        for frame in frames:
            exchange.wire.send(frame)
        if waits:
            exchange.wire.wait_for_end()
        exchange.wire.wait(0.05)
        if code is not None:
            exchange.wire.send(websocket.close_frame(code))
        exchange.wire.close()

    return apply


_REFUSED = b"error forwarding port 7233 to pod 0, uid : dial tcp4 127.0.0.1:7233: connect: connection refused"
fault("port-forward", TUNNELS, BROKEN, name="forward-close-1000")(_tunnel(code=1000))
fault("port-forward", TUNNELS, BROKEN, name="forward-close-1011")(_tunnel(code=1011))
fault("port-forward", TUNNELS, BROKEN, name="forward-cut")(_tunnel())
fault("port-forward", TUNNELS, BROKEN, name="forward-refused")(_tunnel(channel(1, _REFUSED), code=1000))
fault("port-forward", TUNNELS, BROKEN, name="forward-refused-open", slow=True)(
    _tunnel(channel(1, _REFUSED), waits=True)
)
fault("port-forward", TUNNELS, BROKEN, name="forward-error-binary")(_tunnel(channel(1, b"\xff\0\xfe"), code=1000))
fault("port-forward", TUNNELS, BROKEN, name="forward-silent", slow=True)(_tunnel(waits=True))
fault("port-forward", TUNNELS, BROKEN, name="forward-pings", slow=True)(
    _tunnel(websocket.frame(b"", websocket.PING) * 200, waits=True)
)
fault("port-forward", TUNNELS, BROKEN, name="forward-other-channel", slow=True)(
    _tunnel(channel(9, b"abc") * 20, waits=True)
)


@fault("port-forward", TUNNELS, BROKEN)
def forward_close_after_handshake(exchange: Exchange) -> None:
    """Closes the WebSocket right after its handshake."""
    exchange.handshake()
    exchange.wire.send(websocket.close_frame(1000))
    exchange.wire.close()


@fault("port-forward", TUNNELS, BROKEN)
def forward_other_port(exchange: Exchange) -> None:
    """Announces another port."""
    exchange.handshake()
    exchange.wire.send(channel(0, b"\1\1") + channel(1, b"\1\1"))
    exchange.wire.wait(0.05)
    exchange.wire.close()


@fault("port-forward", TUNNELS, BROKEN)
def forward_reset(exchange: Exchange) -> None:
    """Resets the connection after the first bytes of the client."""
    exchange.handshake()
    exchange.open_port()
    exchange.wire.receive()
    exchange.wire.reset()


@fault("port-forward", TUNNELS, BROKEN)
def forward_breaks_within_answers(exchange: Exchange) -> None:
    """Closes the connection after the first answers of the server."""
    _limited(exchange, 1)
    exchange.wire.close()


@fault("port-forward", TUNNELS, BROKEN, slow=True)
def forward_stalls_within_answers(exchange: Exchange) -> None:
    """Is silent after the first answers of the server."""
    _limited(exchange, 1)
    exchange.wire.wait_for_end()


def _limited(exchange: Exchange, chunks: int) -> None:
    """Serves the first chunks of the client only."""
    exchange.handshake()
    exchange.open_port()
    frames, server = websocket.Frames(), None
    while chunks:
        for opcode, payload in frames.feed(exchange.wire.receive()):
            if opcode == websocket.BINARY and payload[:1] == b"\0" and chunks:
                server = server or server_of(exchange.capture, exchange.port, payload[1:])
                exchange.wire.send(channel(0, server.feed(payload[1:])))
                chunks -= 1


_PROTOCOL = ("temporal.not-grpc", "temporal.tls-expected", "vault.*")
# A server that answers in another protocol is another server than expected, which is a finding.
fault("port-forward", TUNNELS, BROKEN + "|protocol|answer", Expected.EITHER, name="forward-http-1", findings=_PROTOCOL)(
    _tunnel(channel(0, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
)
fault(
    "port-forward", TUNNELS, BROKEN + "|protocol|answer", Expected.EITHER, name="forward-garbage", findings=_PROTOCOL
)(_tunnel(channel(0, bytes(range(256)) * 8)))
fault(
    "port-forward",
    TUNNELS,
    BROKEN + "|protocol|answer",
    name="forward-flood",
    heavy=True,
    slow=True,
    findings=_PROTOCOL,
)(endless(channel=0))
fault("port-forward", TUNNELS, BROKEN + "|" + LARGE, name="forward-flood-errors", heavy=True, slow=True)(
    endless(channel=1)
)


@fault("port-forward", TUNNELS, "", Expected.HEALTHY)
def forward_byte_by_byte(exchange: Exchange) -> None:
    """Sends each byte of the server in a frame of its own."""

    class Split:
        def __init__(self, server: Server, wire: Wire) -> None:
            self._server, self._wire = server, wire

        def feed(self, chunk: bytes) -> bytes:
            data = self._server.feed(chunk)
            self._wire.send(b"".join(channel(0, bytes((byte,))) for byte in data))
            return b""

    exchange.handshake()
    exchange.open_port()
    exchange.tunnel(lambda capture, port, first: Split(server_of(capture, port, first), exchange.wire))
