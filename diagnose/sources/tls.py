"""What a server shows of itself in a TLS handshake: its certificate is read, not verified, and nothing is sent."""

import _ssl
import socket
import ssl
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from diagnose.queries.tls import Handshake
from diagnose.text.characters import one_line

HANDSHAKE_S = 2.0
# After a handshake of TLS 1.3 the server may still refuse the client; others send their first message at once.
FIRST_MESSAGE_S = 1.0
NAMES_LIMIT, NAME_LIMIT = 20, 253
NO_CERTIFICATE = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE", "BAD_CERTIFICATE")


def shake_hands(host: str, port: int, server_name: str) -> Handshake | None:
    """Returns what the server shows of itself, None where it does not speak TLS or cannot be reached."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    shown = Handshake()
    try:
        with (
            socket.create_connection((host, port), HANDSHAKE_S) as connection,
            context.wrap_socket(connection, server_hostname=server_name or host) as encrypted,
        ):
            shown = certificate_of(encrypted.getpeercert(binary_form=True) or b"")
            encrypted.settimeout(FIRST_MESSAGE_S)
            with suppress(TimeoutError):
                encrypted.recv(1)
    except ssl.SSLError as error:
        reason = error.reason or ""
        if not shown.names and "ALERT" not in reason:
            return None
        return _failed(shown, reason)
    except OSError as error:
        return _failed(shown, one_line(str(error))) if shown.valid_until else None
    return shown


def _failed(shown: Handshake, reason: str) -> Handshake:
    return Handshake(
        names=shown.names,
        issuer=shown.issuer,
        valid_from=shown.valid_from,
        valid_until=shown.valid_until,
        error=reason.lower().replace("_", " "),
        wants_certificate=any(each in reason for each in NO_CERTIFICATE),
    )


def certificate_of(der: bytes) -> Handshake:
    """Returns what a certificate says; nothing of one that cannot be read."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
        file.write(ssl.DER_cert_to_PEM_cert(der))
        file.flush()
        try:
            # The module's own parser: there is no public one for a certificate that was not verified.
            found: dict[str, Any] = _ssl._test_decode_cert(file.name)  # type: ignore[attr-defined]
        except (ssl.SSLError, ValueError):
            return Handshake()
    names = [str(value) for kind, value in found.get("subjectAltName", ()) if kind in {"DNS", "IP Address"}]
    return Handshake(
        names=tuple(one_line(each)[:NAME_LIMIT] for each in names[:NAMES_LIMIT]),
        issuer=one_line(_common_name(found.get("issuer", ())))[:NAME_LIMIT],
        valid_from=_time(str(found.get("notBefore", ""))),
        valid_until=_time(str(found.get("notAfter", ""))),
    )


def _common_name(parts: Iterable[Iterable[tuple[str, str]]]) -> str:
    """Returns the common name of an issuer, else its organization."""
    fields = {name: value for part in parts for name, value in part}
    return fields.get("commonName") or fields.get("organizationName", "")


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
