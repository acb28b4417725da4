"""The servers at the end of a port-forward: Temporal's frontend over HTTP/2, and recorded exchanges of others."""

import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from tests.hostile.capture import Call, Capture, age, later_seconds, without_times

PREFACE = b"PRI * HTTP/2.0"
# Instead of a status of gRPC: the stream is reset.
RESET = "reset"


class Server(Protocol):
    """A server at the end of a port-forward."""

    def feed(self, chunk: bytes) -> bytes:
        """Takes bytes of the client and returns those of the server."""
        ...


def server_of(capture: Capture, port: int, first: bytes) -> Server:
    """Returns the server that the first bytes of the client are for."""
    return Frontend(capture) if first.startswith(PREFACE[: len(first)]) else Recorded(capture, port)


class Recorded:
    """Answers a request as it was answered: HTTP by its first line, another protocol by its turn."""

    def __init__(self, capture: Capture, port: int) -> None:
        self._exchanges = [
            (base64.b64decode(each.request), base64.b64decode(each.response), each.at)
            for each in capture.exchanges
            if each.port == port
        ]
        self._turn = 0

    def feed(self, chunk: bytes) -> bytes:
        """Returns the recorded answer."""
        self._turn += 1
        line = chunk.partition(b"\r\n")[0]
        for request, response, at in self._exchanges:
            if request == chunk or (b" HTTP/1." in line and request.startswith(line)):
                return _recorded(response, at)
        same_turn = self._exchanges[self._turn - 1 : self._turn]
        return _recorded(*same_turn[0][1:]) if same_turn and b" HTTP/1." not in line else b""


def _recorded(response: bytes, at: str) -> bytes:
    """Returns a recorded response with its times moved to now."""
    if not response.startswith(b"HTTP/"):
        return response
    return later_seconds(response.decode(errors="surrogateescape"), at).encode(errors="surrogateescape")


class Frontend:
    """A gRPC server that gives recorded answers, or what `spoil` makes of one; None is no answer."""

    def __init__(self, capture: Capture, spoil: Callable[[Call], Call | None] = lambda call: call) -> None:
        self._capture = capture
        self._spoil = spoil
        self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, tuple[str, bytearray]] = {}
        self._http.initiate_connection()

    def feed(self, chunk: bytes) -> bytes:
        """Returns the answers to the calls that are complete."""
        for event in self._http.receive_data(chunk):
            match event:
                case RequestReceived(stream_id=int(stream)):
                    path = dict(_pairs(event.headers))[":path"]
                    self._requests[stream] = (path, bytearray())
                case DataReceived(stream_id=int(stream)):
                    self._requests[stream][1].extend(event.data or b"")
                    self._http.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                case StreamEnded(stream_id=int(stream)):
                    with suppress(ProtocolError):  # the client has given up the call or the connection
                        self._answer(stream, *self._requests.pop(stream))
                case _:
                    pass
        return self._http.data_to_send()

    def _answer(self, stream: int, method: str, body: bytes | bytearray) -> None:
        call = self._spoil(self._find(method, bytes(body[5:])))
        if call is None:
            return
        if call.status == RESET:
            self._http.reset_stream(stream, error_code=2)
            return
        self._http.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
        if call.status == "0":
            message = _message(call)
            packed = b"\0" + len(message).to_bytes(4, "big") + message
            size = self._http.max_outbound_frame_size
            for at in range(0, len(packed), size):
                self._http.send_data(stream, packed[at : at + size])
        trailers = [("grpc-status", call.status), ("grpc-message", call.message)]
        self._http.send_headers(stream, trailers, end_stream=True)

    def _find(self, method: str, request: bytes) -> Call:
        same = [each for each in self._capture.calls if each.method == method]
        requested = without_times(request)
        exact = [each for each in same if without_times(base64.b64decode(each.request)) == requested]
        return next(iter(exact or same), Call(method, "", "", "12", f"unknown method {method}"))


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in headers or ()]


def _message(call: Call) -> bytes:
    """Returns a response with all its times moved to now."""
    from temporalio.api.workflowservice import v1

    body = base64.b64decode(call.response)
    kind = getattr(v1, call.method.rpartition("/")[2] + "Response", None)
    if kind is None or not call.at:
        return body
    message = kind.FromString(body)
    _move(message, int(age(call.at).total_seconds()))
    moved: bytes = message.SerializeToString()
    return moved


def _move(message: Any, seconds: int) -> None:
    if message.DESCRIPTOR.full_name == "google.protobuf.Timestamp":
        message.seconds += seconds
        return
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None or descriptor.message_type.GetOptions().map_entry:
            continue
        for each in [value] if hasattr(value, "DESCRIPTOR") else value:
            _move(each, seconds)
