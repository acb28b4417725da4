"""A rendered manifest as a target, and what is wrong with one, said with file, line and object."""

import io
import json
import sys
import time
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diagnose.queries.manifest import ReadManifest
from diagnose.sources.gateway import Gateway
from diagnose.sources.kubernetes import manifest
from diagnose.target.profiles import Profiles
from diagnose.target.request import Expected, Occasion, Request
from tests.support.kit import PLAIN
from tests.support.sources import FakeSource
from tests.support.targets import discover

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, annotations: null}
spec:
  template:
    metadata: {labels: {app: worker}}
    spec:
      containers:
      - name: worker
        image: r.test/worker:1
        resources: {requests: {cpu: 1, memory: 64Mi}}
        env: [{name: DB_HOST, value: db}, {name: DB_PASSWORD, value: hunter2hunter2}]
"""
VERSIONS = """
kind: WorkerDeployment
metadata: {{name: w}}
spec: {{template: {{spec: {{containers: {containers}, volumes: {volumes}}}}}}}
"""
SECRET = "kind: Secret\nmetadata: {name: s}\ntype: Opaque\nstringData: {A: value-of-a}\ndata: {B: dmFsdWU=}\n"


def load(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "m.yaml"
    file.write_text(text)
    return manifest.load(str(file), "msp")


def test_values_of_secrets_are_dropped_on_loading(tmp_path: Path) -> None:
    found = load(tmp_path, f"---\n{DEPLOYMENT}---\n{SECRET}")
    assert found.keys_of("Secret", "s") == ("B", "A") or set(found.keys_of("Secret", "s")) == {"A", "B"}
    assert "value-of-a" not in str(found)
    assert "dmFsdWU" not in str(found)


def test_numbers_are_quantities_and_nulls_are_nothing(tmp_path: Path) -> None:
    (deployment,) = load(tmp_path, DEPLOYMENT).deployments
    assert deployment.spec.template.spec.containers[0].resources.requests == {"cpu": "1", "memory": "64Mi"}
    assert deployment.metadata.annotations == {}


def test_lists_and_other_namespaces(tmp_path: Path) -> None:
    other = DEPLOYMENT.replace("name: worker, annotations: null", "name: other, namespace: elsewhere")
    items = "".join(f"- {part.strip().replace(chr(10), chr(10) + '  ')}\n" for part in (DEPLOYMENT, other))
    assert [each.name for each in load(tmp_path, f"kind: List\nitems:\n{items}").deployments] == ["worker"]


def test_the_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DEPLOYMENT.encode())))
    assert manifest.load("-", "msp").deployments


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "line 1: no YAML"),
        ("kind: Service\nmetadata: {name: x}\n", "no workload in namespace msp: it has Service"),
        (
            DEPLOYMENT.replace("name: worker, ann", "namespace: other, name: worker, ann"),
            "its workloads are in namespace other",
        ),
        ("", "it has no object"),
        ("--- \n- 1\n", "line 2: this is no Kubernetes object, but a list"),
        (f"---\n{SECRET}---\n{DEPLOYMENT}".replace("value: db", "value: 5432"), "Deployment worker is invalid"),
        (DEPLOYMENT.replace("      containers:", "      others:"), "Deployment worker has no container"),
        ("metadata: {name: x}\n", "line 1: an object without kind"),
        (DEPLOYMENT.replace("{name: worker, annotations: null}", "{}"), "a Deployment without metadata.name"),
    ],
)
def test_an_error_names_its_location(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(manifest.ManifestError) as error:
        load(tmp_path, text)
    assert message in str(error.value)
    assert "m.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefgh")
        ), "more than 100,000 values"),
        ("[" * 20_000, "nested too deeply"),
        ("kind: Deployment\nmetadata: {name: x}\nspec: &spec {template: *spec, replicas: 1}\n", "nested too deeply"),
        (DEPLOYMENT.replace("spec:", f"spec:\n  replicas: {'9' * 6_000}", 1), "a number that is none"),
        ("x" * (5 << 20), "larger than 4 MiB"),
    ],
    ids=["references", "nested", "in itself", "number", "size"],
)  # fmt: skip
def test_a_hostile_manifest_is_refused_with_its_reason(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(manifest.ManifestError, match=message):
        load(tmp_path, text)


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(manifest.ManifestError, match="No such file"):
        manifest.load(str(tmp_path / "none"), "msp")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(manifest.ManifestError, match="no text"):
        manifest.load(str(tmp_path / "binary"), "msp")


def test_a_target_is_read_from_the_manifest_before_anything_exists(tmp_path: Path) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("deployments", "replicasets", "pods"), ())
    source = FakeSource(
        answers={ReadManifest: load(tmp_path, DEPLOYMENT)},
        namespaces=[{"metadata": {"name": "msp"}}],
        **nothing,
    )
    gateway = Gateway(source, time.monotonic() + 30)
    wanted = Request(
        context="c",
        namespace="msp",
        selector="app=worker",
        occasion=Occasion.BEFORE_DEPLOY,
        manifest="m.yaml",
        expected=Expected(image="2"),
    )
    target = discover(gateway, wanted, Profiles.only(PLAIN))
    assert target.database is not None
    assert (target.name, target.database.host, target.pods) == ("worker", "db", ())
    assert target.container.image == target.template.spec.containers[0].image == "r.test/worker:2"
    # What a manifest has under a secret's name is masked like what a cluster has.
    assert "hunter2" not in msgspec.json.encode(gateway.exchanges).decode()


def of_kind(kind: str, spec: dict[str, Any], name: str = "x", **metadata: str) -> str:
    return f"---\n{json.dumps({'kind': kind, 'metadata': {'name': name, **metadata}, 'spec': spec})}\n"


ZALANDO = "credentials.postgresql.acid.zalan.do"
POD = {"containers": [{"name": "main", "image": "r.test/a:1"}]}
TEMPLATED = {"template": {"spec": POD}}


def test_workloads_of_every_kind_are_read(tmp_path: Path) -> None:
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "ReplicaSet")
    text = "".join(of_kind(kind, TEMPLATED, kind.lower()) for kind in kinds)
    text += of_kind("CronJob", {"schedule": "* * * * *", "jobTemplate": {"spec": TEMPLATED}}) + of_kind("Pod", POD)
    found = load(tmp_path, text)
    assert sorted(each.kind for each in found.workloads) == sorted((*kinds, "CronJob"))
    assert all(each.template.spec.containers[0].image == "r.test/a:1" for each in found.workloads)
    assert [each.name for each in found.pods] == ["x"]


def test_a_name_that_the_server_completes_is_one(tmp_path: Path) -> None:
    text = json.dumps({"kind": "Job", "metadata": {"generateName": "migrate-"}, "spec": TEMPLATED})
    assert [each.name for each in load(tmp_path, text).jobs] == ["migrate"]


def test_versions_of_a_worker_deployment_get_what_its_connection_has(tmp_path: Path) -> None:
    connection = {
        "hostPort": "made-up.tmprl.cloud:7233",
        "mutualTLSSecretRef": {"name": "made-up-tls"},
        "apiKeySecretRef": {"name": "made-up-key", "key": "k"},
    }
    options = {"connectionRef": {"name": "cloud"}, "temporalNamespace": "made-up.ns"}
    text = of_kind("Connection", connection, "cloud") + of_kind("Connection", {"hostPort": "other:1"}, "other")
    text += of_kind("WorkerDeployment", {**TEMPLATED, "workerOptions": options, "replicas": None}, "orders")
    (version,) = load(tmp_path, text).versions
    container = version.template.spec.containers[0]
    values = {each.name: each.value for each in container.env if each.value}
    assert version.name == "orders"
    assert (values["TEMPORAL_ADDRESS"], values["TEMPORAL_NAMESPACE"]) == (connection["hostPort"], "made-up.ns")
    assert values["TEMPORAL_TLS"] == "true"
    key = next(each for each in container.env if each.name == "TEMPORAL_API_KEY")
    assert key.value_from is not None
    assert key.value_from.secret_key_ref is not None
    assert key.value_from.secret_key_ref.name == "made-up-key"
    assert [each.secret.secret_name for each in version.template.spec.volumes if each.secret] == ["made-up-tls"]


def test_of_several_namespaces_one_is_chosen_and_a_single_one_is_found(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(of_kind("Job", TEMPLATED, namespace="shop") + of_kind("Service", {}, namespace="other"))
    assert manifest.load(str(file), "", "msp").namespace == "shop"
    file.write_text(of_kind("Job", TEMPLATED))
    assert manifest.load(str(file), "", "msp").namespace == "msp"
    file.write_text(of_kind("Job", TEMPLATED, namespace="a") + of_kind("Job", TEMPLATED, namespace="b"))
    assert manifest.load(str(file), "b").namespace == "b"
    with pytest.raises(manifest.ManifestError, match="namespaces a, b: choose one with --namespace"):
        manifest.load(str(file), "")


@pytest.mark.parametrize(
    ("kind", "spec", "secrets"),
    [
        ("ExternalSecret", {"target": {"name": "s"}}, ["s"]),
        ("ExternalSecret", {}, ["x"]),
        ("SealedSecret", {"encryptedData": {}}, ["x"]),
        ("VaultStaticSecret", {"destination": {"name": "s", "create": True}}, ["s"]),
        ("Certificate", {"secretName": "s"}, ["s"]),
        ("PostgresCluster", {"users": [{"name": "a"}]}, ["x-pguser-a"]),
        (
            "postgresql",
            {"users": {"a_b": []}},
            [f"{u}.x.credentials.postgresql.acid.zalan.do" for u in ("postgres", "a-b")],
        ),
        ("Service", {"secretName": "s"}, []),
        ("Certificate", {"secretName": {}}, []),
    ],
)
def test_secrets_that_controllers_make_of_the_manifest_are_brought_by_it(
    kind: str, spec: dict[str, Any], secrets: list[str], tmp_path: Path
) -> None:
    found = load(tmp_path, DEPLOYMENT + of_kind(kind, spec)).secrets
    assert [(each.name, each.made_by) for each in found] == [(name, f"{kind} x") for name in secrets]


@pytest.mark.parametrize(
    "value", ["change-me", "CHANGEME", "<password>", "your-api-key", "REPLACE_ME!", "xxxxxx", "TODO"]
)
def test_a_placeholder_is_known_without_its_value(value: str, tmp_path: Path) -> None:
    encoded = b64encode(value.encode()).decode()
    for field, text in (("stringData", value), ("data", encoded)):
        secret = json.dumps(
            {"kind": "Secret", "metadata": {"name": "s"}, field: {"k": text, "other": "aGVsbG8gdGhlcmU="}}
        )
        found = load(tmp_path, f"{DEPLOYMENT}---\n{secret}\n")
        assert found.holder("Secret", "s").placeholders == ("k",)
        assert text not in str(found)


@pytest.mark.parametrize(
    "value", ["", "correct-horse-battery", "postgres://user:pw@db/x", "exchange-mechanism", "here", "x"]
)
def test_an_ordinary_value_is_no_placeholder(value: str, tmp_path: Path) -> None:
    secret = json.dumps({"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": value}})
    assert load(tmp_path, f"{DEPLOYMENT}---\n{secret}\n").holder("Secret", "s").placeholders == ()


def test_services_come_with_a_manifest_also_by_the_operator_of_a_database(tmp_path: Path) -> None:
    text = DEPLOYMENT + of_kind("Service", {}, "web") + of_kind("postgresql", {}, "acid")
    cluster = json.dumps({"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": {"name": "pg"}})
    found = load(tmp_path, f"{text}---\n{cluster}\n").services
    assert {"web", "acid", "acid-pooler", "pg-rw"} <= set(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: postgresql\nmetadata: {name: p}\nspec: {users: 5}\n", ""),
        ("kind: PostgresCluster\nmetadata: {name: p}\nspec: {users: 5}\n", ""),
        (VERSIONS.format(containers=5, volumes="[]"), "`array`, got `int` - at `spec.template.spec.containers`"),
        (VERSIONS.format(containers="[{name: c, env: 5}]", volumes="[]"), "at `spec.template.spec.containers[0].env`"),
        (VERSIONS.format(containers="[{name: c}]", volumes=5), "at `spec.template.spec.volumes`"),
    ],
)
def test_a_number_in_place_of_a_list_is_an_error_only_where_pods_need_it(
    text: str, message: str, tmp_path: Path
) -> None:
    text = f"{DEPLOYMENT}---\n{text}"
    if not message:
        assert load(tmp_path, text).deployments
        return
    with pytest.raises(manifest.ManifestError) as raised:
        load(tmp_path, text)
    assert message in str(raised.value)
