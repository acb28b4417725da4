"""Which protocol a server speaks that does not speak the one it should: only what it sends is a proof."""

import socket
import ssl
import time

GREETING_S = 2.0
_HTTP = b"HTTP/1."


def protocol_of(host: str, port: int) -> str:
    """Returns "TLS", "HTTP/1.1", or "" for a server that speaks neither."""
    # TLS first: some TLS servers answer plain HTTP with an error.
    if _answers_tls(host, port):
        return "TLS"
    return "HTTP/1.1" if answers_http(host, port) else ""


def answers_http(host: str, port: int) -> bool:
    """Whether a server answers a request of plain HTTP."""
    ends_at = time.monotonic() + GREETING_S
    head = b""
    try:
        with socket.create_connection((host, port), GREETING_S) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            while len(head) < len(_HTTP) and (remaining := ends_at - time.monotonic()) > 0:
                connection.settimeout(remaining)
                chunk = connection.recv(len(_HTTP) - len(head))
                if not chunk:
                    break
                head += chunk
    except OSError:
        return False
    return head == _HTTP


def _answers_tls(host: str, port: int) -> bool:
    """Whether a server answers a TLS handshake; the certificate is not verified."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host, port), GREETING_S) as connection,
            context.wrap_socket(connection, server_hostname=host),
        ):
            return True
    except ssl.SSLError as error:
        # An alert, such as for a missing client certificate, is TLS, too.
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
