"""A gate of a file: offline, without a kubeconfig, and without the cluster that the kubeconfig names."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diagnose.cli.group import group
from diagnose.sources.kubernetes.api import Cluster

CONTAINER: dict[str, Any] = {"name": "main", "image": "r.test/orders:1"}


@pytest.fixture(autouse=True)
def no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """There is no kubeconfig, and this process is in no cluster; the path where one would be."""
    path = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return path


def workload(kind: str = "Deployment", name: str = "orders", **container: Any) -> dict[str, Any]:
    labels, pod = {"app": name}, {"containers": [CONTAINER | container], "restartPolicy": "Always"}
    pod |= {"restartPolicy": "Never"} if kind == "Job" else {}
    spec = {"template": {"metadata": {"labels": labels}, "spec": pod}}
    spec |= {"selector": {"matchLabels": labels}} if kind != "Job" else {}
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def gate(path: Path, *objects: dict[str, Any], more: tuple[str, ...] = ("--offline",)) -> tuple[Result, dict[str, Any]]:
    file, report = path.parent / "m.yaml", path.parent / "report.json"
    file.write_text("".join(f"---\n{json.dumps(each)}\n" for each in objects))
    arguments = ("--phase", "pre", "--profile", "generic", "--manifest", str(file), "--report", f"json={report}", *more)
    result = CliRunner().invoke(group, ["gate", *arguments])
    return result, json.loads(report.read_text()) if result.exit_code != 2 else {}


def test_offline_a_sound_file_opens_the_gate_for_just_that(no_cluster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "connect", lambda *_: pytest.fail("a cluster was contacted"))
    result, report = gate(no_cluster, workload())
    assert (result.exit_code, report["target"]["namespace"], report["counts"]["unknown"]) == (0, "shop", 0)
    assert report["usage"]["api_calls"] == 0
    assert report["target"]["remark"].startswith("offline: ")
    assert report["target"]["manifest"] == str(no_cluster.parent / "m.yaml")


def test_offline_a_fault_of_the_file_closes_the_gate_with_a_fix_of_the_file(no_cluster: Path) -> None:
    secret = {"kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "data": {"other": ""}}
    source = {"secretKeyRef": {"name": "s", "key": "k"}}
    result, report = gate(no_cluster, workload(env=[{"name": "A", "valueFrom": source}]), secret)
    (cause,) = report["causes"]
    step = cause["remediation"]["steps"][0]
    assert (result.exit_code, report["verdict"], cause["code"]) == (1, "broken", "secrets.key-not-found")
    assert "Secret s, stringData.k" in step["text"]
    assert (step["command"], step["changes"]) == ("", f"the manifest {no_cluster.parent / 'm.yaml'}")


@pytest.mark.parametrize("reachable", [False, True], ids=["no kubeconfig", "no answer"])
def test_without_a_cluster_the_rest_is_unknown_for_one_reason(reachable: bool, no_cluster: Path) -> None:
    if reachable:
        context = {"cluster": "c", "user": "u"}
        plain = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": context}],
            "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
            "users": [{"name": "u", "user": {}}],
        }
        no_cluster.write_text(json.dumps(plain))
    result, report = gate(no_cluster, workload(image="r.test/orders:"), more=())
    reasons = {each["reason"] for each in report["outcomes"] if each["status"] == "unknown"}
    assert (result.exit_code, report["causes"][0]["code"]) == (1, "workload.image-name-invalid")
    assert len(reasons) <= 3
    assert gate(no_cluster, workload(), more=())[0].exit_code == 3
    assert report["usage"]["api_calls"] <= 1


def test_every_workload_of_a_file_is_judged_and_one_may_be_chosen(no_cluster: Path) -> None:
    broken = workload("StatefulSet", "store", image="r.test/store:")
    kinds = ("Deployment", "DaemonSet", "Job")
    objects = (*(workload(kind, kind.lower()) for kind in kinds), broken)
    result, report = gate(no_cluster, *objects)
    assert result.exit_code == 1
    assert len(report["workloads"]) == 4
    assert report["workloads"][0]["name"] == "store"
    assert gate(no_cluster, *objects, more=("--offline", "--workload", "job/job"))[0].exit_code == 0
    result, _ = gate(no_cluster, *objects, more=("--offline", "--workload", "stor"))
    assert result.exit_code == 2
    assert "no workload 'stor'; did you mean store" in " ".join(result.output.split())


@pytest.mark.parametrize("arguments", [("--offline",), ("--phase", "post", "--offline")])
def test_offline_is_about_a_file(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(group, ["gate", "--phase", "pre", *arguments])
    assert result.exit_code == 2
    assert "--manifest" in result.output


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"TEMPORAL_ADDRESS": "localhost:7233"}, "temporal.host-local"),
        ({"DB_HOST": "127.0.0.1", "DB_PORT": "5432", "DB_NAME": "x", "DB_USER": "y"}, "database.host-local"),
        ({"TEMPORAL_ADDRESS": "https://temporal:7233"}, "temporal.address-malformed"),
    ],
)
def test_an_address_that_cannot_be_right_is_known_from_the_file(
    variables: dict[str, str], code: str, no_cluster: Path
) -> None:
    known = {"TEMPORAL_ADDRESS": "temporal:7233", "TEMPORAL_NAMESPACE": "shop"} | variables
    env = [{"name": name, "value": value} for name, value in known.items()]
    more = ("--offline", "--profile", "temporal-worker")
    result, report = gate(no_cluster, workload(env=env), more=more)
    assert (result.exit_code, code in {each["code"] for each in report["causes"]}) == (1, True)


def test_a_variable_that_is_set_twice_is_a_warning(no_cluster: Path) -> None:
    env = [{"name": "MODE", "value": value} for value in ("a", "b")]
    result, report = gate(no_cluster, workload(env=env))
    assert (result.exit_code, report["causes"][0]["code"]) == (0, "config.variable-twice")
