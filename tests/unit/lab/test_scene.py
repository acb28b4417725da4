"""A scene of the lab: what a fault changed in its namespace is put back, and what it added is taken away."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.lab.cluster import JsonObject, Lab, LabError
from tests.lab.faults import FAULTS
from tests.lab.scene import SHOP, Scene


@dataclass(frozen=True, kw_only=True)
class Cluster(Lab):
    """A namespace in memory."""

    objects: dict[tuple[str, str], JsonObject] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def items(self, namespace: str, kind: str, selector: str = "") -> list[JsonObject]:
        return [copy.deepcopy(each) for (its_kind, _), each in self.objects.items() if its_kind in kind.split(",")]

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        _, _, verb, *rest = arguments
        if verb == "delete":
            kind, *names = [each for each in rest if not each.startswith("--")]
            for name in names:
                self.objects.pop((plural(kind), name), None)
                self.deleted.append(f"{kind}/{name}")
        elif verb in ("replace", "create"):
            item = json.loads(stdin or "")
            self.add(plural(item["kind"]), item)
        return ""

    def add(self, kind: str, item: Mapping[str, Any]) -> None:
        self.objects[kind, item["metadata"]["name"]] = dict(item)


def plural(kind: str) -> str:
    return f"{kind.lower()}s".replace("ys", "ies")


def item(kind: str, name: str, **fields: object) -> JsonObject:
    return {"kind": kind, "metadata": {"name": name, "resourceVersion": "1", "uid": f"uid-{name}"}, **fields}


def pod(name: str, *, ready: bool = True, phase: str = "Running", owner: str = "ReplicaSet") -> JsonObject:
    conditions = [{"type": "Ready", "status": str(ready)}]
    made = item("Pod", name, status={"phase": phase, "conditions": conditions})
    made["metadata"]["ownerReferences"] = [{"kind": owner}] if owner else []
    return made


@pytest.fixture
def healthy() -> Cluster:
    cluster = Cluster()
    deployment = item("Deployment", "web", spec={"replicas": 1, "image": "a"})
    deployment["metadata"]["generation"] = 1
    status = {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 1}
    cluster.add("deployments", {**deployment, "status": status})
    cluster.add("configmaps", item("ConfigMap", "kube-root-ca.crt"))
    template = {"metadata": {"labels": {"app": "load", "batch.kubernetes.io/controller-uid": "1"}}, "spec": {}}
    job = item("Job", "load", spec={"selector": {"a": "b"}, "template": template}, status={"succeeded": 1})
    cluster.add("jobs", job)
    cluster.add("pods", pod("web-1"))
    cluster.add("pods", pod("load-1", ready=False, phase="Succeeded"))
    SHOP.remember_healthy(cluster)
    return cluster


def test_what_a_fault_changed_is_restored_and_what_it_added_is_deleted(healthy: Cluster) -> None:
    healthy.objects["deployments", "web"]["spec"] = {"replicas": 1, "image": "b"}
    healthy.add("networkpolicies", item("NetworkPolicy", "deny"))
    healthy.add("pods", pod("web-2", ready=False))
    healthy.add("pods", pod("by-hand", owner=""))
    SHOP.go_back(healthy)
    assert healthy.objects["deployments", "web"]["spec"] == {"replicas": 1, "image": "a"}
    assert healthy.deleted == ["NetworkPolicy/deny", "pod/web-2", "pod/by-hand"]


def test_a_changed_job_is_made_anew_without_what_the_old_one_got_from_its_controller(healthy: Cluster) -> None:
    del healthy.objects["jobs", "load"]["spec"]["template"]["spec"]
    SHOP.go_back(healthy)
    spec = healthy.objects["jobs", "load"]["spec"]
    assert healthy.deleted == ["Job/load"]
    assert spec == {"template": {"metadata": {"labels": {"app": "load"}}, "spec": {}}}


def test_nothing_is_touched_where_nothing_changed(healthy: Cluster) -> None:
    healthy.objects["deployments", "web"]["metadata"]["resourceVersion"] = "2"
    healthy.add(
        "jobs",
        {**item("Job", "nightly-1"), "metadata": {"name": "nightly-1", "ownerReferences": [{"kind": "CronJob"}]}},
    )
    before = copy.deepcopy(healthy.objects)
    SHOP.go_back(healthy)
    assert (healthy.objects, healthy.deleted) == (before, [])


@pytest.mark.parametrize(
    ("change", "is_healthy"),
    [
        pytest.param(lambda each: None, True, id="as it was"),
        pytest.param(lambda each: each.add("pods", pod("web-2", ready=False)), False, id="a pod is not ready"),
        pytest.param(
            lambda each: each.objects["deployments", "web"]["metadata"].update(generation=2), False, id="a rollout"
        ),
        pytest.param(lambda each: each.objects["jobs", "load"].update(status={}), False, id="a Job runs"),
        pytest.param(
            lambda each: each.add("pods", pod("nightly-1", ready=False, phase="Failed", owner="Job")),
            True,
            id="a run failed during an earlier fault",
        ),
        pytest.param(
            lambda each: each.add("pods", pod("web-2", ready=False, phase="Failed")), False, id="a pod was evicted"
        ),
        pytest.param(lambda each: each.objects.clear(), False, id="nothing is there"),
    ],
)
def test_a_scene_is_healthy_when_all_its_workloads_are(healthy: Cluster, change: Any, is_healthy: bool) -> None:
    change(healthy)
    assert SHOP.is_healthy(healthy) is is_healthy


def test_pods_with_errors_of_an_earlier_fault_in_their_log_are_replaced(
    healthy: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = {"web-1": "12:00:00 ERROR refused", "load-1": "12:00:00 ERROR refused"}
    monkeypatch.setattr(Cluster, "try_kubectl", lambda _, *arguments, stdin=None: logs[arguments[-1]])
    with pytest.raises(LabError):
        SHOP.wait_healthy(healthy, 0)
    assert healthy.deleted == ["pod/web-1"]
    assert Scene("shop").wait_healthy(healthy, 0) >= 0


def test_new_pods_are_those_of_the_fault(healthy: Cluster) -> None:
    healthy.add("pods", pod("web-2", ready=False))
    healthy.objects["pods", "web-1"] = pod("web-1", ready=False)
    assert [each["metadata"]["name"] for each in SHOP.new_pods(healthy)] == ["web-1", "web-2"]


def test_a_fault_is_diagnosed_in_the_namespace_of_its_scene() -> None:
    namespaces = {topic: {each.namespace for each in FAULTS if each.topic == topic} for topic in ("vault", "plain")}
    assert namespaces == {"vault": {"msp"}, "plain": {"shop"}}
