"""The namespace of Vault in the queries to it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import create_autospec

import pytest

from diagnose.queries.vault import QueryVault
from diagnose.sources.kubernetes.port_forward import Tunnels
from diagnose.sources.usage import Counter
from diagnose.sources.vault.server import VaultSource


class Vault(BaseHTTPRequestHandler):
    """Answers everything, and keeps which namespace each path was requested in."""

    requested: dict[str, str]

    def do_GET(self) -> None:
        """Answers as an unsealed server."""
        self.requested[self.path] = self.headers.get("X-Vault-Namespace", "")
        body = json.dumps({"sealed": False, "initialized": True, "ha_enabled": False, "data": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing."""


def test_role_and_configuration_are_read_in_the_namespace_of_the_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "made-up")
    monkeypatch.setattr(Vault, "requested", {}, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Vault) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        query = QueryVault(address=address, auth_path="auth/kubernetes", role="orders", namespace="team/a")
        answer = VaultSource(create_autospec(Tunnels), Counter()).answer(query, 5)
        server.shutdown()
    assert answer.role_state == "exists"
    assert Vault.requested["/v1/auth/kubernetes/role/orders"] == "team/a"
    assert Vault.requested["/v1/auth/kubernetes/config"] == "team/a"
    assert Vault.requested["/v1/sys/seal-status"] == ""
