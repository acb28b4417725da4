"""Answers of Vault through a whole port-forward."""

from tests.hostile import websocket
from tests.hostile.capture import Capture
from tests.hostile.faults.fault import CUT, LARGE, LATE, LOGIN_PAGE, MEBIBYTE, TUNNELS, Apply, Expected, fault
from tests.hostile.faults.floods import bomb
from tests.hostile.objects import JSON, Answer
from tests.hostile.server import ELSEWHERE, Exchange, head
from tests.hostile.tunnels import Server

PORT = 8200
MENTIONS = r"[Vv]ault|port-forward|" + CUT


class Fixed:
    """A server that answers everything by the same bytes."""

    def __init__(self, response: bytes) -> None:
        self._response = response

    def feed(self, chunk: bytes) -> bytes:
        """Returns the bytes."""
        return self._response


def _answers(body: bytes | str, content_type: str = JSON, code: int = 200, **headers: str) -> Apply:
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def apply(exchange: Exchange) -> None:
        address = {"Location": f"http://{exchange.request.headers['host']}{ELSEWHERE}"} if code // 100 == 3 else {}
        answer = Answer(code, data, content_type, named | address)
        response = head(answer, {"Content-Length": str(len(data))}) + data

        def servers(capture: Capture, port: int, first: bytes) -> Server:
            return Fixed(response)

        exchange.handshake()
        exchange.open_port()
        exchange.tunnel(servers)

    return apply


# What Vault itself answers is a finding about Vault.
_OF_VAULT = ("vault.*",)
for _name, _text in {
    "empty-object": "{}",
    "null": "null",
    "list": "[]",
    "text": '"sealed"',
    "errors": '{"errors":["made-up"]}',
    "types": '{"initialized":"yes","sealed":"no","version":7}',
    "deep": "[" * 100_000,
    "empty": "",
}.items():
    fault("vault", TUNNELS, MENTIONS, Expected.EITHER, name=f"vault-{_name}", findings=_OF_VAULT, port=PORT)(
        _answers(_text)
    )
fault("vault", TUNNELS, MENTIONS, Expected.EITHER, name="vault-html", findings=_OF_VAULT, port=PORT)(
    _answers(LOGIN_PAGE, "text/html")
)
fault("vault", TUNNELS, MENTIONS, Expected.EITHER, name="vault-500", findings=_OF_VAULT, port=PORT)(
    _answers('{"errors":["internal error"]}', code=500)
)
fault("vault", TUNNELS, MENTIONS, Expected.EITHER, name="vault-403", findings=_OF_VAULT, port=PORT)(
    _answers('{"errors":["permission denied"]}', code=403)
)
fault("vault", TUNNELS, MENTIONS, Expected.EITHER, name="vault-redirect", findings=_OF_VAULT, port=PORT)(
    _answers("", code=307)
)


@fault("vault", TUNNELS, MENTIONS + "|" + LARGE, Expected.EITHER, heavy=True, findings=_OF_VAULT, port=PORT)
def vault_bomb(exchange: Exchange) -> None:
    """Sends 1 MB that is 1 GB of blanks."""
    _answers(bomb(1024, b" "), Content_Encoding="gzip")(exchange)


@fault("vault", TUNNELS, LATE + "|" + LARGE + "|port-forward", heavy=True, slow=True, findings=_OF_VAULT, port=PORT)
def vault_endless(exchange: Exchange) -> None:
    """Sends a body without an end."""
    exchange.handshake()
    exchange.open_port()
    exchange.wire.receive()
    begin = head(Answer(), {"Connection": "close"})
    exchange.wire.send(websocket.frame(b"\0" + begin))
    while True:
        exchange.wire.send(websocket.frame(b"\0" + b" " * MEBIBYTE))


@fault("vault", TUNNELS, LATE + "|port-forward", slow=True, port=PORT)
def vault_drips(exchange: Exchange) -> None:
    """Sends a byte of the head a second."""
    exchange.handshake()
    exchange.open_port()
    exchange.wire.receive()
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
        exchange.wire.send(websocket.frame(bytes((0, byte))))
        exchange.wire.wait(1)
