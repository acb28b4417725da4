"""Whether a server speaks HTTP that does not speak the protocol that it should: only what it sends is a proof."""

import socket
import time

GREETING_S = 2.0
_HTTP = b"HTTP/1."


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
