"""The name server of the nodes themselves: it knows the registry's hosts, and that no other name exists.

Runs as a process of the lab in each node's namespace: python -m tests.lab.kubernetes.nameserver. It answers at the
addresses that this machine's resolv.conf names, which lead nowhere else from inside the lab. Pods ask CoreDNS.
"""

import socket
import socketserver
import struct
import threading
from pathlib import Path

from tests.lab.kubernetes import registry

TYPE_A = 1
NXDOMAIN = 3
ANSWERING = 0x8580  # a response, authoritative, recursion desired and available


class Names(socketserver.BaseRequestHandler):
    """Answers one question."""

    def handle(self) -> None:
        """Answer, or say that there is no such name."""
        query, replies = self.request
        replies.sendto(answer(query, registry.addresses()), self.client_address)


def answer(query: bytes, addresses: dict[str, str]) -> bytes:
    """The response to a query of one question."""
    end = 12
    labels = []
    while query[end]:
        labels.append(query[end + 1 : end + 1 + query[end]].decode(errors="replace"))
        end += 1 + query[end]
    question = query[12 : end + 5]
    address = addresses.get(".".join(labels).lower())
    records = b""
    if address and question[-4:] == struct.pack(">HH", TYPE_A, 1):
        # 0xC00C points to the question's name.
        records = struct.pack(">HHHIH", 0xC00C, TYPE_A, 1, 1, 4) + socket.inet_aton(address)
    code = 0 if address else NXDOMAIN
    return query[:2] + struct.pack(">HHHHH", ANSWERING | code, 1, bool(records), 0, 0) + question + records


def queried_addresses() -> list[str]:
    """The IPv4 addresses of the name servers that programs of this machine ask."""
    try:
        lines = Path("/etc/resolv.conf").read_text().splitlines()
    except OSError:
        lines = []
    found = [line.split()[1] for line in lines if line.startswith("nameserver ") and ":" not in line]
    return found or ["127.0.0.1"]


def main() -> None:
    """Answer at every address until ended."""
    servers = [socketserver.ThreadingUDPServer((address, 53), Names) for address in queried_addresses()]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
