"""A registry that has no image, so that a failing pull fails as it does against a real registry.

Runs as a process of the lab: python -m tests.lab.kubernetes.registry. Images of a repository below private/ need credentials that
nobody has; all others do not exist. Without this process a pull is refused a connection.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.lab.kubernetes.settings import API_ADDRESS, REGISTRY_PORT, REGISTRY_URL

CHALLENGE = f'Bearer realm="{REGISTRY_URL}/token",service="lab"'


class Registry(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            self._answer(200, {"token": "anonymous"})
        elif self.path.startswith("/v2/private/"):
            refusal = ',error="insufficient_scope"' if "Authorization" in self.headers else ""
            self._answer(401, _error("UNAUTHORIZED"), {"WWW-Authenticate": CHALLENGE + refusal})
        else:
            self._answer(404, _error("MANIFEST_UNKNOWN"))

    do_HEAD = do_GET

    def _answer(self, status: int, document: dict, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _error(code: str) -> dict:
    return {"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}


if __name__ == "__main__":
    ThreadingHTTPServer((API_ADDRESS, REGISTRY_PORT), Registry).serve_forever()
