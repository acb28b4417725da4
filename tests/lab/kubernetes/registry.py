"""A registry that has one image and refuses all others, as real registries refuse.

Runs as a process of the lab: python -m tests.lab.kubernetes.registry. It stands for every registry, and refuses
by the first part of the repository's name as REFUSALS says; everything else does not exist but the tag 1 of what
begins with HELD, which it shows to who asks for a token first. The hosts in
OTHER_HOSTS cannot be spoken to at all. Without this process a pull is refused a connection.
"""

import hashlib
import json
import re
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.lab.kubernetes import pki
from tests.lab.kubernetes.settings import (
    API_ADDRESS,
    REGISTRY_DOMAIN,
    REGISTRY_PORT,
    REGISTRY_TLS_PORT,
    REGISTRY_URL,
    UNREACHABLE_ADDRESS,
)
from tests.lab.kubernetes.shell import JsonObject

REFUSALS = {
    "private": (401, "UNAUTHORIZED", "authentication required"),
    "denied": (403, "DENIED", "requested access to the resource is denied"),
    "ratelimited": (429, "TOOMANYREQUESTS", "You have reached your pull rate limit."),
    "broken": (500, "UNKNOWN", "unknown error"),
}
FOREIGN = "foreign"  # images of another platform
DELAYED = "held"  # images of which there is a tag 1
SILENT = "silent"  # takes the request and never answers

# Host names that containerd asks by themselves, and the address that each has, if any.
OTHER_HOSTS = {
    f"untrusted.{REGISTRY_DOMAIN}": API_ADDRESS,  # its certificate is of nobody
    f"plain.{REGISTRY_DOMAIN}:{REGISTRY_PORT}": API_ADDRESS,  # speaks HTTP where HTTPS is wanted
    f"refused.{REGISTRY_DOMAIN}:{REGISTRY_PORT + 1}": API_ADDRESS,  # nothing listens there
    f"unreachable.{REGISTRY_DOMAIN}": UNREACHABLE_ADDRESS,
    f"unknown.{REGISTRY_DOMAIN}": None,
}

MEDIA_TYPE = "application/vnd.oci.image"


def hosts() -> dict[str, str]:
    """The hosts.toml of each registry host, as containerd wants them."""
    default = {"_default": f'server = "{REGISTRY_URL}"\n[host."{REGISTRY_URL}"]\n'}
    others = {re.sub(r":(\d+)$", r"_\1_", host): f'server = "https://{host}"\n' for host in OTHER_HOSTS}
    return default | others


def addresses() -> dict[str, str]:
    """The addresses of the host names that have one."""
    return {host.partition(":")[0]: address for host, address in OTHER_HOSTS.items() if address}


class Registry(BaseHTTPRequestHandler):
    """Answers as the distribution API does."""

    protocol_version = "HTTP/1.1"
    default_request_version = protocol_version  # also of what cannot be read as HTTP, such as TLS

    def do_GET(self) -> None:
        """Refuse."""
        kind = self.path.removeprefix("/v2/").partition("/")[0]
        if self.path.startswith("/token"):
            self._answer(200, {"token": "anonymous"})
        elif kind == FOREIGN and "/manifests/" in self.path:
            self._answer_foreign()
        elif kind == DELAYED and "Authorization" not in self.headers:
            self._refuse(401, "UNAUTHORIZED", "authentication required")
        elif kind == DELAYED and self.path.endswith("/manifests/1"):
            self._answer(200, {"schemaVersion": 2}, {"Docker-Content-Digest": f"sha256:{'1' * 64}"})
        elif kind == SILENT:
            time.sleep(3600)
        else:
            self._refuse(*REFUSALS.get(kind, (404, "MANIFEST_UNKNOWN", "manifest unknown")))

    do_HEAD = do_GET  # noqa: N815 - the base class calls it so

    def _refuse(self, status: int, code: str, message: str) -> None:
        headers = {"WWW-Authenticate": self._challenge()} if status == 401 else {}
        self._answer(status, {"errors": [{"code": code, "message": message}]}, headers)

    def _challenge(self) -> str:
        challenge = f'Bearer realm="http://{self.headers["Host"]}/token",service="lab"'
        return challenge + (',error="insufficient_scope"' if "Authorization" in self.headers else "")

    def _answer_foreign(self) -> None:
        """An index of one image, which is for ARM."""
        manifest = {
            "mediaType": f"{MEDIA_TYPE}.manifest.v1+json",
            "digest": "sha256:" + "0" * 64,
            "size": 2,
            "platform": {"architecture": "arm64", "os": "linux"},
        }
        index = {"schemaVersion": 2, "mediaType": f"{MEDIA_TYPE}.index.v1+json", "manifests": [manifest]}
        digest = hashlib.sha256(json.dumps(index).encode()).hexdigest()
        self._answer(200, index, {"Content-Type": str(index["mediaType"]), "Docker-Content-Digest": f"sha256:{digest}"})

    def _answer(self, status: int, document: JsonObject, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        own = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        for name, value in (own | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def main() -> None:
    """Serve in clear and, with a certificate that nobody trusts, over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.self_signed("registry", f"DNS:*.{REGISTRY_DOMAIN}"))
    encrypted = ThreadingHTTPServer((API_ADDRESS, REGISTRY_TLS_PORT), Registry)
    encrypted.socket = context.wrap_socket(encrypted.socket, server_side=True)
    threading.Thread(target=encrypted.serve_forever, daemon=True).start()
    ThreadingHTTPServer((API_ADDRESS, REGISTRY_PORT), Registry).serve_forever()


if __name__ == "__main__":
    main()
