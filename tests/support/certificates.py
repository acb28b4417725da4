"""Certificates of a made-up authority, and servers that use them."""

import socket
import ssl
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
Serve = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Authority:
    """A folder with the authority's certificate, and those that it issued."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The certificate of the authority."""
        return self.folder / "ca.pem"

    def issued(self, name: str, *names: str, days: int = 9) -> tuple[Path, Path]:
        """Returns the files of a certificate for these host names, and of its key."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        if not certificate.exists():
            extensions = f"subjectAltName={','.join(f'DNS:{each}' for each in names)}\nbasicConstraints=CA:FALSE\n"
            (self.folder / "extensions").write_text(extensions, encoding="ascii")
            self.run("req", *KEY, "-keyout", str(key), "-out", "request.pem", "-subj", f"/CN={name}")
            self.run(
                "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", str(certificate), "-extfile", "extensions", "-days", str(days),
            )  # fmt: skip
        return certificate, key

    def run(self, *arguments: str) -> None:
        """Runs openssl in the folder."""
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@cache
def authority() -> Authority:
    """Returns the authority of this process."""
    made = Authority(Path(mkdtemp(prefix="authority-")))
    subject = ("-subj", "/CN=Made-up authority", "-days", "9")
    made.run("req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", *subject)
    return made


def over_tls(serve: Serve, certificate: tuple[Path, Path], *, wants_certificate: bool = False) -> Serve:
    """Returns the same server over TLS, which may require a certificate of its clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_alpn_protocols(["h2"])
    if wants_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority().ca)

    def serve_encrypted(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as encrypted:
            serve(encrypted)

    return serve_encrypted
