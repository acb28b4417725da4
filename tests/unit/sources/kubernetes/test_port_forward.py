"""A port-forward's own trouble is no statement of the server behind it, and nothing of it stays open."""

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from diagnose.queries.postgres import QueryPostgres
from diagnose.queries.query import AnswerState, NoAnswerError, PodPort
from diagnose.queries.temporal import QueryTemporal
from diagnose.queries.vault import QueryVault, ReadLoginPath
from diagnose.sources.kubernetes.api import Cluster
from diagnose.sources.kubernetes.port_forward import Tunnels, _Connection
from diagnose.sources.kubernetes.websocket import StreamError, WebSocket
from diagnose.sources.postgres.handshake import PostgresSource
from diagnose.sources.protocols import answers_http
from diagnose.sources.temporal.credentials import Credentials
from diagnose.sources.temporal.frontend import TemporalSource
from diagnose.sources.usage import Counter
from diagnose.sources.vault.server import VaultSource
from tests.hostile import websocket
from tests.hostile.server import Exchange, Fault
from tests.support.streams import BROKEN, cluster_with, descriptors, endless, in_turn, sends, wait_until

TEMPORAL, VAULT, POSTGRES = (PodPort(namespace="n", pod="server-0", port=port) for port in (7233, 8200, 5432))
# What the libraries say to garbage, which may come before the port-forward ends.
ODD = "closed|wrong version|invalid response|BadStatusLine|no answer"
REFUSED = (
    b"\x01error forwarding port 7233 to pod "
    + b"0123456789" * 30
    + b", failed to connect to localhost:7233 inside namespace: connect: connection refused"
)


def once_open(fault: Fault) -> Fault:
    """Returns the fault of a port-forward that opens before."""
    return in_turn(Exchange.handshake, Exchange.open_port, fault)


def another_port(exchange: Exchange) -> None:
    """Forwards another port."""
    exchange.handshake()
    exchange.wire.send(websocket.frame(b"\0\x01\x02"))
    exchange.wire.wait_for_end()


AFTER_OPENING: dict[str, tuple[Fault, str]] = {
    "closes once it is open": (once_open(sends()), "closed"),
    "closes in order": (once_open(sends(websocket.close_frame(1000))), "closed"),
    "closes with an error": (once_open(sends(websocket.close_frame(1011))), "closed"),
    "nobody listens": (once_open(sends(websocket.frame(REFUSED), closes=False)), "nothing listens on the port"),
    "is silent once it is open": (once_open(sends(closes=False)), "no answer|in time|timed out|no complete"),
    "sends pings only": (
        once_open(endless(websocket.frame(b"", websocket.PING), handshake=False, pause_s=0.05)),
        "no answer|time",
    ),
    "sends garbage": (once_open(sends(websocket.frame(b"\0" + b"made up"))), ODD),
    "floods": (
        once_open(endless(websocket.frame(b"\0" + b"x" * 60_000), handshake=False)),
        ODD + "|more than|no answer",
    ),
    "announces 1 GB": (once_open(sends(b"\x82\x7f" + (1 << 30).to_bytes(8, "big"), closes=False)), "announced"),
    "forwards another port": (another_port, "number of the port"),
    "uses another channel": (once_open(sends(websocket.frame(b"\x05x"), closes=False)), "number of the port|channel"),
}
QUERIES: dict[str, Callable[[Cluster, float], object]] = {
    "temporal": lambda cluster, limit: TemporalSource(Credentials(), Tunnels(cluster, Counter()), Counter()).answer(
        QueryTemporal(host="t", port=7233, namespace="default", queues=("q",), through=TEMPORAL), limit
    ),
    "vault": lambda cluster, limit: VaultSource(Tunnels(cluster, Counter()), Counter()).answer(
        QueryVault(address="http://v:8200", auth_path="auth/kubernetes", role="r", through=VAULT), limit
    ),
    "vault, TLS": lambda cluster, limit: VaultSource(Tunnels(cluster, Counter()), Counter()).answer(
        QueryVault(address="https://v:8200", auth_path="auth/kubernetes", role="r", through=VAULT), limit
    ),
    "vault's login": lambda cluster, limit: VaultSource(Tunnels(cluster, Counter()), Counter()).read_login_path(
        ReadLoginPath(address="http://v:8200", mount="auth/kubernetes", through=VAULT), limit
    ),
    "postgres": lambda cluster, limit: PostgresSource(Tunnels(cluster, Counter()), Counter()).answer(
        QueryPostgres(host="d", port=5432, database="d", user="u", through=POSTGRES), limit
    ),
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("name", [*AFTER_OPENING, *BROKEN])
def test_a_broken_port_forward_is_no_answer_and_its_reason_says_what_happened(
    name: str, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, expected = (AFTER_OPENING | BROKEN)[name]
    limit_s = 1.0 if "time" in expected else 9.0
    sockets, threads = descriptors(), set(threading.enumerate())
    with cluster_with(fault, "port-forward", monkeypatch) as cluster:
        began = time.monotonic()
        with pytest.raises(NoAnswerError) as caught:
            QUERIES[query](cluster, limit_s)
        assert time.monotonic() - began < 20
    text = str(caught.value)
    assert text.startswith("port-forward to pod server-0:")
    assert any(part in text for part in expected.split("|")), text
    wait_until(lambda: set(threading.enumerate()) <= threads and descriptors() <= sockets)


def serving(answer: bytes) -> Fault:
    """Returns the port-forward to a server that answers so, and closes."""

    def fault(exchange: Exchange) -> None:
        exchange.handshake()
        exchange.open_port()
        exchange.wire.receive()
        exchange.wire.send(websocket.frame(b"\0" + answer) + websocket.close_frame(1000))
        exchange.wire.close()

    return fault


def test_a_server_of_another_protocol_is_recognized_by_what_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwrong"
    with cluster_with(serving(page), "port-forward", monkeypatch) as cluster:
        temporal: object = QUERIES["temporal"](cluster, 6)
        assert (temporal.answered, temporal.speaks) == (AnswerState.NO, "HTTP/1.1")  # type: ignore[attr-defined]
        vault: object = QUERIES["vault"](cluster, 6)
        assert (vault.answered, "wrong" in vault.detail) == (AnswerState.NO, True)  # type: ignore[attr-defined]
        tls: object = QUERIES["vault, TLS"](cluster, 6)
        assert tls.answered is AnswerState.NO  # type: ignore[attr-defined]
        postgres: object = QUERIES["postgres"](cluster, 6)
        assert "invalid response" in postgres.detail  # type: ignore[attr-defined]


def test_what_a_server_sends_first_is_received(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = once_open(sends(websocket.frame(b"\0HTTP/1.1 418 I\r\nContent-Length: 0\r\n\r\n"), closes=False))
    with (
        cluster_with(fault, "port-forward", monkeypatch) as cluster,
        Tunnels(cluster, Counter()).open(VAULT, 10) as tunnel,
    ):
        assert answers_http("127.0.0.1", tunnel.port)


@pytest.mark.parametrize("end", [b"", websocket.close_frame(1000)])
def test_what_a_server_sent_before_it_closed_counts_where_it_takes_nothing_more(end: bytes) -> None:
    client, local = socket.socketpair()
    remote, pod = socket.socketpair()
    with client, _Connection(local, WebSocket(remote, time.monotonic() + 20, 1 << 20), 8200) as connection:
        pod.sendall(websocket.frame(b"\0" + (8200).to_bytes(2, "little")) + websocket.frame(b"", websocket.PING))
        pod.sendall(websocket.frame(b"\0made up") + end)
        pod.close()
        client.sendall(b"a request")
        with pytest.raises(StreamError, match=r"the connection (was )?closed"):
            connection.forward()
        assert client.recv(100) == b"made up"


def test_the_port_is_closed_after_its_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with cluster_with(once_open(sends(closes=False)), "port-forward", monkeypatch) as cluster:
        with Tunnels(cluster, Counter()).open(VAULT, 60) as tunnel:
            port = tunnel.port
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
