"""Takes a capture of a healthy cluster: its objects and logs, and what commands and port-forwards of a run answer.

Reads only. A proxy on this machine records the WebSockets of a few runs; contents of Secrets are never requested.
"""

import base64
import gzip
import importlib
import json
import os
import pkgutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import hpack
import yaml

import diagnose.resources
from diagnose.resources import Object
from tests.hostile.capture import HEALTHY, Call, Capture, Exchange, Exec, Resource, now, program_of, without_times
from tests.hostile.server import kubeconfig
from tests.hostile.websocket import BINARY, Frames

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NAMESPACE = "msp"
RUNS = (
    ("all",),
    ("all", "--no-exec"),
    ("audit",),
    ("gate", "--phase", "pre"),
    ("gate", "--phase", "pre", "--no-exec"),
    ("gate", "--phase", "post"),
)
DATA, HEADERS, END_HEADERS = 0, 1, 4


class Upstream:
    """The real API server, with the client certificate of a kubeconfig."""

    def __init__(self, path: Path) -> None:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        address = urlsplit(cluster["server"])
        self._address = (address.hostname or "", address.port or 443)
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile() as both:
            both.write(base64.b64decode(user["client-certificate-data"]))
            both.write(base64.b64decode(user["client-key-data"]))
            both.flush()
            self._tls.load_cert_chain(both.name)

    def connect(self) -> socket.socket:
        """Opens a connection."""
        return self._tls.wrap_socket(socket.create_connection(self._address), server_hostname=self._address[0])

    def get(self, path: str, accept: str = "application/json") -> bytes:
        """Returns the body of an answer, "" for a refusal."""
        with self.connect() as connection:
            request = f"GET {path} HTTP/1.0\r\nHost: api\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            head, _, body = b"".join(iter(lambda: connection.recv(1 << 16), b"")).partition(b"\r\n\r\n")
        return body if b" 200 " in head.partition(b"\r\n")[0] else b""

    def plain(self, path: str, accept: str = "application/json") -> dict[str, Any]:
        """Returns an answer of JSON, empty for a refusal."""
        found: dict[str, Any] = json.loads(self.get(path, accept) or b"{}")
        return found


@dataclass
class Conversation:
    """The frames of a WebSocket in order: from the client or not, and the payload."""

    path: str
    at: str = field(default_factory=now)
    frames: list[tuple[bool, bytes]] = field(default_factory=list)


class Proxy:
    """Passes everything on to the real API server and records the WebSockets."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.conversations: list[Conversation] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            local, _ = self._server.accept()
            threading.Thread(target=self._serve, args=(local,), daemon=True).start()

    def _serve(self, local: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = local.recv(1 << 16)
            if not chunk:
                return
            head += chunk
        lines = head.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        upgrades = any(line.lower().startswith("upgrade:") for line in lines)
        if not upgrades:
            lines = [line for line in lines if not line.lower().startswith("connection:")] + ["Connection: close"]
        conversation = Conversation(lines[0].split()[1])
        if upgrades:
            self.conversations.append(conversation)
        remote = self._upstream.connect()
        remote.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        threading.Thread(target=_pass_on, args=(local, remote, conversation, True), daemon=True).start()
        _pass_on(remote, local, conversation, False, after=b"\r\n\r\n")


def _pass_on(
    source: socket.socket, sink: socket.socket, into: Conversation, of_client: bool, after: bytes = b""
) -> None:
    frames, head = Frames(), b""
    try:
        while chunk := source.recv(1 << 16):
            head += chunk if after else b""
            payload = chunk if not after else head.partition(after)[2]
            after = b"" if after in head else after
            # Recorded first, so that a response is never before its request.
            into.frames += [(of_client, each) for opcode, each in frames.feed(payload) if opcode == BINARY]
            sink.sendall(chunk)
    except OSError:
        pass  # the run has ended
    for end in (source, sink):
        end.close()


def take(config: Path) -> Capture:
    """Takes everything."""
    upstream = Upstream(config)
    capture = Capture(at=now(), version=upstream.plain("/version"))
    capture.resources = [each for kind in kinds() if (each := _resource(upstream, kind))]
    pods = next(each for each in capture.resources if each.kind == "Pod")
    for pod in pods.items:
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
            url = f"/api/v1/namespaces/{namespace}/pods/{name}/log?container={container['name']}&timestamps=true"
            text = upstream.get(url, "*/*").decode(errors="replace")
            capture.logs[f"{namespace}/{name}/{container['name']}"] = text
    for conversation in _run(upstream):
        path, _, query = conversation.path.partition("?")
        parameters = parse_qs(query)
        _, _, _, _, namespace, _, of_pod, what = path.split("/")
        if what == "exec":
            sent = [(each[0], each[1:].decode()) for of_client, each in conversation.frames if not of_client and each]
            found = Exec(
                conversation.at,
                namespace,
                of_pod,
                parameters["container"][0],
                program_of(parameters["command"][0]),
                sent,
            )
            capture.execs = [each for each in capture.execs if _where(each) != _where(found)] + [found]
        else:
            _port_forward(capture, conversation, int(parameters["ports"][0]))
    return capture


def kinds() -> list[type[Object]]:
    """Returns all kinds of objects that the product reads."""
    for module in pkgutil.iter_modules(diagnose.resources.__path__):
        importlib.import_module(f"diagnose.resources.{module.name}")
    return sorted(set(_subclasses(Object)), key=lambda kind: (kind.group, kind.plural))


def _subclasses(kind: type[Object]) -> Iterator[type[Object]]:
    for each in kind.__subclasses__():
        if hasattr(each, "plural"):
            yield each
        yield from _subclasses(each)


def _resource(upstream: Upstream, kind: type[Object]) -> Resource | None:
    plural = kind.plural.partition(".")[0]
    metadata_only = kind.metadata_only or plural == "secrets"
    found = upstream.plain(f"{kind.group}/{plural}", METADATA_ONLY if metadata_only else "application/json")
    if not found:
        return None
    names = {each["name"]: each["kind"] for each in upstream.plain(kind.group)["resources"]}
    for each in found["items"] or []:
        each["metadata"].get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
    return Resource(kind.group, plural, names[plural], kind.namespaced, metadata_only, found["items"] or [])


def _where(each: Exec) -> tuple[str, str, str, str]:
    return each.namespace, each.pod, each.container, each.program


def _run(upstream: Upstream) -> list[Conversation]:
    proxy = Proxy(upstream)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kubeconfig"
        config.write_text(kubeconfig(proxy.url), encoding="utf-8")
        for arguments in RUNS:
            command = (sys.executable, "-m", "diagnose", *arguments, "-n", NAMESPACE)
            done = subprocess.run(
                command, env={**os.environ, "KUBECONFIG": str(config)}, capture_output=True, text=True, check=False
            )
            print(" ".join(arguments), "exit", done.returncode, done.stdout.strip().splitlines()[-1:])
    return proxy.conversations


def _port_forward(capture: Capture, conversation: Conversation, port: int) -> None:
    """Takes what went through a port-forward; the first frame of each channel has the port."""
    sent, received = (
        b"".join([each[1:] for of_client, each in conversation.frames if of_client is client and each[:1] == b"\0"])
        for client in (True, False)
    )
    received = received[2:]
    if sent.startswith(PREFACE):
        known = {_key(each) for each in capture.calls}
        new = _calls(conversation.at, sent.removeprefix(PREFACE), received)
        capture.calls += [each for each in new if _key(each) not in known]
        return
    turns: list[list[bytes]] = []
    before = None
    for of_client, payload in conversation.frames:
        if payload[:1] != b"\0" or (not of_client and payload[1:] == port.to_bytes(2, "little")):
            continue
        if of_client and before is not True:
            turns.append([b"", b""])
        if turns:
            turns[-1][0 if of_client else 1] += payload[1:]
        before = of_client
    for request, response in turns:
        pair = Exchange(conversation.at, port, base64.b64encode(request).decode(), base64.b64encode(response).decode())
        if (port, request.partition(b"\r\n")[0]) not in map(_first_line, capture.exchanges):
            capture.exchanges.append(pair)


def _key(call: Call) -> tuple[str, bytes]:
    return call.method, without_times(base64.b64decode(call.request))


def _first_line(each: Exchange) -> tuple[int, bytes]:
    return each.port, base64.b64decode(each.request).partition(b"\r\n")[0]


def _calls(at: str, sent: bytes, received: bytes) -> Iterator[Call]:
    requests, responses = _streams(sent), _streams(received)
    for stream, (heads, body) in requests.items():
        if ":path" not in heads or stream not in responses:
            continue
        trailers, answer = responses[stream]
        yield Call(
            at,
            heads[":path"],
            base64.b64encode(_message(body)).decode(),
            base64.b64encode(_message(answer)).decode(),
            trailers.get("grpc-status", "0"),
            trailers.get("grpc-message", ""),
        )


def _message(body: bytes) -> bytes:
    """Returns the message of a gRPC body: a byte for compression, four for the size."""
    return gzip.decompress(body[5:]) if body[:1] == b"\1" else body[5:]


def _streams(data: bytes) -> dict[int, tuple[dict[str, str], bytes]]:
    """Returns headers (with trailers) and body of each HTTP/2 stream of one direction."""
    decoder = hpack.Decoder()
    found: dict[int, tuple[dict[str, str], bytes]] = {}
    at = 0
    while at + 9 <= len(data):
        size, kind, flags = int.from_bytes(data[at : at + 3], "big"), data[at + 3], data[at + 4]
        stream = int.from_bytes(data[at + 5 : at + 9], "big") & 0x7FFFFFFF
        payload = data[at + 9 : at + 9 + size]
        at += 9 + size
        if flags & 8 and kind in {DATA, HEADERS}:
            payload = payload[1 : len(payload) - payload[0]]
        heads, body = found.get(stream, ({}, b""))
        if kind == HEADERS and flags & END_HEADERS:
            payload = payload[5:] if flags & 0x20 else payload
            found[stream] = (heads | {str(name): str(value) for name, value in _decoded(decoder, payload)}, body)
        elif kind == DATA:
            found[stream] = (heads, body + payload)
    return found


def _decoded(decoder: hpack.Decoder, payload: bytes) -> list[tuple[str, str]]:
    return [(_text(each[0]), _text(each[1])) for each in decoder.decode(payload)]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def main(config: Path) -> None:
    """Takes a capture with a kubeconfig and writes it."""
    capture = take(config)
    capture.save(HEALTHY)
    print(f"{HEALTHY.name}: {HEALTHY.stat().st_size:,} bytes, {len(capture.resources)} kinds")
