"""What a server shows of itself in a TLS handshake, which needs no credentials."""

from datetime import datetime

import msgspec


class Handshake(msgspec.Struct, frozen=True):
    """A TLS handshake in which the server's certificate was read, not verified.

    Attributes:
        names: the host names and addresses that the certificate is for.
        issuer: who issued the certificate.
        valid_from, valid_until: the times of the certificate; None where they could not be read.
        error: why the handshake, or the first byte after it, failed; "" where it did not.
        wants_certificate: whether the server ends the connection because the client has no certificate.
    """

    names: tuple[str, ...] = ()
    issuer: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    error: str = ""
    wants_certificate: bool = False

    def is_for(self, host: str) -> bool:
        """Whether the certificate is for a host; true where its names could not be read."""
        name = host.lower().rstrip(".")
        parent = name.partition(".")[2]
        accepted = {name, f"*.{parent}" if parent else name}
        return not self.names or any(each.lower() in accepted for each in self.names)
