"""What a server shows of itself in a TLS handshake."""

import socket
import time
from datetime import UTC, datetime

import pytest

from diagnose.queries.tls import Handshake
from diagnose.sources import tls
from diagnose.sources.tls import certificate_of, shake_hands
from tests.support.certificates import authority, over_tls
from tests.support.streams import local_server

HOST = "temporal.made-up.example"


def shown(*, wants_certificate: bool = False, days: int = 9) -> Handshake:
    certificate = authority().issued(f"shown-{days}", HOST, "*.made-up.example", days=days)
    serve = over_tls(lambda connection: connection.sendall(b"hello"), certificate, wants_certificate=wants_certificate)
    with local_server(serve) as port:
        found = shake_hands("127.0.0.1", port, HOST)
    assert found
    return found


def test_the_names_issuer_and_times_of_a_certificate_are_read() -> None:
    found = shown()
    assert (found.names, found.issuer) == ((HOST, "*.made-up.example"), "Made-up authority")
    assert found.valid_from
    assert found.valid_until
    assert found.valid_from < datetime.now(UTC) < found.valid_until
    assert (found.error, found.wants_certificate) == ("", False)


def test_an_expired_certificate_is_read_too() -> None:
    found = shown(days=-1)
    assert found.valid_until
    assert found.valid_until < datetime.now(UTC)


def test_a_server_that_wants_a_certificate_of_its_clients_is_known() -> None:
    found = shown(wants_certificate=True)
    assert found.wants_certificate
    assert found.names


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\0" * 64])
def test_a_server_that_does_not_speak_tls_shows_nothing(says: bytes) -> None:
    with local_server(lambda connection: connection.sendall(says)) as port:
        assert shake_hands("127.0.0.1", port, HOST) is None
    assert shake_hands("127.0.0.1", 1, HOST) is None


def test_a_server_that_is_silent_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "HANDSHAKE_S", 0.2)

    def is_silent(connection: socket.socket) -> None:
        while connection.recv(1 << 16):
            pass

    began = time.monotonic()
    with local_server(is_silent) as port:
        assert shake_hands("127.0.0.1", port, HOST) is None
    assert time.monotonic() - began < 3


def test_what_is_no_certificate_has_nothing() -> None:
    assert certificate_of(b"") == certificate_of(b"not a certificate") == Handshake()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (HOST, True),
        ("OTHER.made-up.example.", True),
        ("made-up.example", False),
        ("a.b.made-up.example", False),
        ("temporal", False),
    ],
)
def test_a_certificate_is_for_its_names_and_one_level_below_a_star(host: str, expected: bool) -> None:
    assert Handshake(names=(HOST, "*.made-up.example")).is_for(host) is expected
    assert Handshake().is_for(host)
