"""The lab's parts that need no cluster: what its registry and name server say, its images, rules and manifests."""

import hashlib
import http.client
import json
import re
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.kubernetes import images, lab, nameserver, networkpolicy, registry
from tests.lab.kubernetes.shell import LabError
from tests.lab.services import cluster, deployment, workers
from tests.lab.services.images import IMAGES

JsonObject = dict[str, Any]


class Quiet(registry.Registry):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


@pytest.fixture
def asked() -> Iterator[http.client.HTTPConnection]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("repository", "status"),
    [("lab/x", 404), ("private/x", 401), ("denied/x", 403), ("ratelimited/x", 429), ("broken/x", 500)],
)
def test_registry_refuses(asked: http.client.HTTPConnection, repository: str, status: int) -> None:
    asked.request("GET", f"/v2/{repository}/manifests/1?ns=docker.io")
    answer = asked.getresponse()
    assert answer.status == status
    assert json.load(answer)["errors"][0]["code"]


def test_registry_has_images_of_another_platform_only(asked: http.client.HTTPConnection) -> None:
    asked.request("GET", "/v2/foreign/x/manifests/1")
    answer = asked.getresponse()
    content = answer.read()
    assert answer.headers["Docker-Content-Digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert [each["platform"]["architecture"] for each in json.loads(content)["manifests"]] == ["arm64"]


@pytest.mark.parametrize(
    ("name", "kind", "code", "answers"),
    [("known.test", 1, 0, 1), ("KNOWN.test", 1, 0, 1), ("known.test", 28, 0, 0), ("other.test", 1, 3, 0)],
)
def test_name_server(name: str, kind: int, code: int, answers: int) -> None:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)
    response = nameserver.answer(query, {"known.test": "10.0.0.9"})
    number, flags, queries, found, _, _ = struct.unpack(">HHHHHH", response[:12])
    assert (number, flags & 15, queries, found) == (7, code, 1, answers)
    assert not answers or response.endswith(bytes([10, 0, 0, 9]))


def test_image_is_an_archive_of_oci_and_of_docker(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "hello").write_text("hello")
    archive = tmp_path / "image.tar"
    images.write_archive(archive, "lab/thing:1", root, images.ImageConfig(["/hello"], user="7"))
    with tarfile.open(archive) as packed:
        content = {each.name: packed.extractfile(each).read() for each in packed if each.isfile()}  # type: ignore[union-attr]
    for name, blob in content.items():
        assert not name.startswith("blobs/") or name.endswith(hashlib.sha256(blob).hexdigest())
    entry = json.loads(content["index.json"])["manifests"][0]
    manifest = json.loads(_blob(content, entry["digest"]))
    config = json.loads(_blob(content, manifest["config"]["digest"]))
    assert entry["annotations"] == {"io.containerd.image.name": "docker.io/lab/thing:1"}
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    assert (config["config"]["Entrypoint"], config["config"]["User"]) == (["/hello"], "7")
    of_docker = json.loads(content["manifest.json"])[0]
    assert of_docker["RepoTags"] == ["docker.io/lab/thing:1"]
    assert {of_docker["Config"], *of_docker["Layers"]} <= content.keys()


def _blob(content: dict[str, bytes], digest: str) -> bytes:
    return content[f"blobs/sha256/{digest.removeprefix('sha256:')}"]


def test_network_policy_drops_what_it_does_not_allow() -> None:
    policy = {
        "metadata": {"namespace": "a"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "web"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": 80}]}],
        },
    }
    pods = [_pod("web", "10.0.0.1"), _pod("friend", "10.0.0.2"), _pod("stranger", "10.0.0.3")]
    rules = networkpolicy.compile_rules([policy], pods, [{"metadata": {"name": "a"}}]).splitlines()
    chain = rules.index("  chain ingress-web {")
    assert rules[chain + 1 : chain + 3] == ["    ip saddr { 10.0.0.2 } tcp dport 80 return", "    drop"]
    assert "    ip daddr 10.0.0.1 jump ingress-web" in rules
    assert not any("10.0.0.3" in rule for rule in rules)


def _pod(name: str, address: str) -> JsonObject:
    return {
        "metadata": {"namespace": "a", "uid": name, "labels": {"app": name}},
        "spec": {"containers": [{}]},
        "status": {"podIP": address, "phase": "Running"},
    }


@pytest.mark.parametrize("kubeconfig", ["", "/elsewhere/config"])
def test_manifests_name_every_image_and_a_storage_that_is_there(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: str
) -> None:
    monkeypatch.setenv("KUBECONFIG", kubeconfig)
    text = "".join(
        deployment.manifest(name, "example.org/lab") for name in ("vault", "temporal", "database", "injector")
    )
    for image in IMAGES:
        assert (image.reference("example.org/lab") in text) == (image.name != "temporal-worker")
    assert ("storageClassName: lab" in text) == ("volumeName: db" in text) == (not kubeconfig)


def _no_program(name: str) -> Path:
    raise LabError(f"there is no {name}")


@pytest.mark.parametrize(
    "deploy", [lambda: deployment.deploy("vault", wait=False, registry=""), lambda: workers.deploy("")]
)
def test_without_a_lab_nothing_is_deployed_and_the_command_that_starts_one_is_named(
    monkeypatch: pytest.MonkeyPatch, deploy: Callable[[], None]
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(lab, "nodes_in_use", list)
    monkeypatch.setattr(cluster, "_program", _no_program)
    with pytest.raises(LabError, match="`make lab`"):
        deploy()


@pytest.mark.parametrize("name", ["orders", "shipping", "ledger", "billing", "shop"])
def test_manifests_of_the_other_workers_are_filled_in_but_for_the_uid_of_an_owner(name: str) -> None:
    text = workers.manifest(name, "example.org/lab").replace('"@owner@"', "1")
    documents = list(yaml.safe_load_all(text))
    objects = [each for document in documents for each in document.get("items", [document])]
    assert {each["metadata"]["namespace"] for each in objects} == {{"ledger": "billing"}.get(name, name)}
    assert "@" not in re.sub(r"@ledger-db", "", text)


@pytest.mark.parametrize(("namespace", "has_tls"), [(workers.PLAIN, False), (workers.WITH_TLS, True)])
def test_one_of_the_older_servers_accepts_only_client_certificates(namespace: str, has_tls: bool) -> None:
    settings, _, deployment = yaml.safe_load_all(workers.server_manifest(namespace, "example.org/lab"))
    frontend = yaml.safe_load(settings["data"]["lab.yaml"])["global"]["tls"].get("frontend")
    assert bool(frontend) is has_tls
    assert not frontend or frontend["server"]["requireClientAuth"] is True
    names = {each["name"] for each in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert ("TEMPORAL_TLS_CLIENT_KEY_PATH" in names) is has_tls


def test_without_a_lab_nothing_is_deployed_and_the_target_that_starts_it_is_named(monkeypatch: Any) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(lab, "is_down", lambda: True)
    monkeypatch.setattr("tests.lab.services.images.load", lambda _: pytest.fail("images were loaded"))
    with pytest.raises(LabError, match="make lab"):
        deployment.deploy("vault", wait=True, registry="registry.test")
