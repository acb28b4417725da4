"""A Vault server with a TLS listener of its own, whose certificates are made for one fault and trusted by nobody."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.faults.vault._server import annotate, image, remove_pods, run_pod

NAME = "lab-vault-tls"
HOST = f"{NAME}.{vault_server.NAMESPACE}.svc"
PORT = 8200
AUTHORITY_SECRET = "lab-vault-ca"
ADDRESS = f"https://{HOST}:{PORT}"

_CONFIG = """
listener "tcp" {
  address = "0.0.0.0:8200"
  tls_cert_file = "/lab/tls.crt"
  tls_key_file = "/lab/tls.key"
}
"""
# Initialized and unsealed from its start; its own listener without TLS is for itself alone.
_SERVE = ("vault", "server", "-dev", "-dev-no-store-token", "-dev-listen-address=127.0.0.1:8300")
_AUTHORITY = """
[ca]
default_ca = own
[own]
new_certs_dir = .
database = index.txt
rand_serial = yes
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
subjectAltName = DNS:{host}
"""
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """A certificate with its key and the authority that signed it, as PEM."""

    authority: str
    certificate: str
    key: str


def make_certificates(host: str, *, from_days: int = -1, to_days: int = 2) -> Certificates:
    """A new authority, and a certificate of it for a host, valid between two days counted from now."""
    begin, end = (f"{datetime.now(UTC) + timedelta(days=days):%Y%m%d%H%M%SZ}" for days in (from_days, to_days))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "ca.cnf").write_text(_AUTHORITY.format(host=host))
        (folder / "index.txt").touch()
        ca, key = ("-out", "ca.crt", "-keyout", "ca.key"), ("-out", "tls.csr", "-keyout", "tls.key")
        _openssl(folder, "req", "-x509", *_NEW_KEY, "-days", "2", "-subj", "/CN=made-up authority", *ca)
        _openssl(folder, "req", *_NEW_KEY, "-subj", "/CN=vault", *key)
        sign = ("-batch", "-notext", "-config", "ca.cnf", "-in", "tls.csr", "-out", "tls.crt")
        _openssl(folder, "ca", *sign, "-startdate", begin, "-enddate", end)
        return Certificates(
            authority=(folder / "ca.crt").read_text(),
            certificate=(folder / "tls.crt").read_text(),
            key=(folder / "tls.key").read_text(),
        )


def run_trusted_tls_server(lab: Lab, certificates: Certificates) -> None:
    """Run the server, and let new pods of the worker log in there and trust its authority."""
    run_tls_server(lab, certificates)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": AUTHORITY_SECRET, "namespace": worker.NAMESPACE},
        "stringData": {"ca.crt": certificates.authority},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(secret))
    annotate(lab, service=ADDRESS, tls_secret=AUTHORITY_SECRET, ca_cert="/vault/tls/ca.crt")


def remove_tls_server(lab: Lab) -> None:
    """Take the server away, and the authority that pods were to trust."""
    remove_pods(lab, NAME)
    lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", AUTHORITY_SECRET, "--ignore-not-found")


def run_tls_server(lab: Lab, certificates: Certificates) -> None:
    """Run the server with these certificates."""
    container = {"image": image(lab), "command": [*_SERVE, "-config=/lab/server.hcl"]}
    files = {"server.hcl": _CONFIG, "tls.crt": certificates.certificate, "tls.key": certificates.key}
    run_pod(lab, NAME, container, files=files)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
