"""Who is impersonated is in every request: of the API, and of the streams of exec and port-forward."""

import json
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from diagnose.queries.cluster_access import ClusterAccess
from diagnose.queries.query import NoAnswerError
from diagnose.sources.kubernetes import websocket
from diagnose.sources.kubernetes.api import ApiClient, ApiRequest, Cluster
from diagnose.sources.kubernetes.kubeconfig_files import ClusterConfigError
from diagnose.sources.kubernetes.websocket import StreamError
from diagnose.sources.usage import Counter
from tests.support.streams import local_server

READ = ApiRequest(what="list pods", path="/api/v1/pods")


def kubeconfig(folder: Path, port: int, **user: Any) -> ClusterAccess:
    """The access by a kubeconfig whose user has these fields."""
    path = folder / "elsewhere"
    plain = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "made-up-token", **user}}],
    }
    path.write_text(json.dumps(plain), encoding="utf-8")
    return ClusterAccess(kubeconfig=str(path))


def impersonated(access: ClusterAccess) -> list[tuple[str, str]]:
    headers = Cluster.connect(None, 20, access).server.headers
    assert headers[0] == ("Authorization", "Bearer made-up-token")
    return headers[1:]


def test_every_request_has_the_user_and_each_group(tmp_path: Path) -> None:
    heads: list[str] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError):
            heads.append(connection.recv(1 << 16).decode())

    with local_server(serve) as port:
        given = kubeconfig(tmp_path, port)
        access = ClusterAccess(kubeconfig=given.kubeconfig, user="made-up", groups=("ops", "dev"))
        cluster = Cluster.connect(None, 20, access)
        with pytest.raises(NoAnswerError):
            ApiClient(cluster, Counter()).read(READ, lambda body: body, time.monotonic() + 5)
        with pytest.raises(StreamError):
            websocket.connect(cluster.server, "/exec", [], ends_at=time.monotonic() + 5, limit=1)
    heads = [each for each in heads if each]
    assert {head.split(" ")[1].partition("?")[0] for head in heads} == {"/api/v1/pods", "/exec"}
    for head in heads:
        lines = head.split("\r\n")
        sent = sorted(line for line in lines if line.lower().startswith("impersonate"))
        assert sent == ["Impersonate-Group: dev", "Impersonate-Group: ops", "Impersonate-User: made-up"]


def test_a_kubeconfig_may_state_who_is_impersonated_and_flags_replace_it(tmp_path: Path) -> None:
    user = {"as": "someone", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"Reason/x": ["y"]}}
    access = kubeconfig(tmp_path, 1, **user)
    assert impersonated(access) == [
        ("Impersonate-User", "someone"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-reason%2Fx", "y"),
    ]
    flags = ClusterAccess(kubeconfig=access.kubeconfig, user="other")
    assert impersonated(flags) == [("Impersonate-User", "other")]


@pytest.mark.parametrize("user", ["a\r\nX-Made-Up: b", "ä"])
def test_a_name_that_no_header_can_have_is_refused(user: str, tmp_path: Path) -> None:
    access = ClusterAccess(kubeconfig=kubeconfig(tmp_path, 1).kubeconfig, user=user)
    with pytest.raises(ClusterConfigError, match="cannot be impersonated"):
        Cluster.connect(None, 20, access)


def test_a_request_ends_at_its_own_limit(tmp_path: Path) -> None:
    with local_server(lambda connection: time.sleep(5)) as port:
        given = kubeconfig(tmp_path, port)
        access = ClusterAccess(kubeconfig=given.kubeconfig, request_timeout_s=0.2)
        began = time.monotonic()
        with pytest.raises(NoAnswerError, match="within 0"):
            ApiClient(Cluster.connect(None, 20, access), Counter()).read(READ, lambda body: body, began + 60)
        assert time.monotonic() - began < 4
