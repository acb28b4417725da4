"""Pods that the scheduler cannot place."""

import threading
from typing import Any

import pytest

from checks.workload.scheduled import SCHEDULED
from checks.workload.scheduled import classify as placed
from diagnose.check.api import Context
from diagnose.cli.assembly import prepare
from diagnose.queries.kubernetes_messages import (
    Clause,
)
from diagnose.resources import PodSpec, PodTemplate
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.kit import Json, about, ago, as_pod, codes, context, findings
from tests.support.objects import condition, event, node, pod


@pytest.mark.parametrize(
    ("text", "spec", "code", "named"),
    [
        (
            "pod has unbound immediate PersistentVolumeClaims",
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "cache"}}]},
            "workload.volume-unbound",
            "claim cache, as its StorageClass fast does not exist",
        ),
        (
            "node(s) didn't have free ports for the requested pod ports",
            {"containers": [{"name": "worker", "ports": [{"containerPort": 8080, "hostPort": 18080}]}]},
            "workload.host-port-taken",
            "18080",
        ),
        (
            "node(s) didn't match pod topology spread constraints (missing required label)",
            {"topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone"}]},
            "workload.anti-affinity-unsatisfied",
            "topology.kubernetes.io/zone",
        ),
        ("node(s) didn't match pod anti-affinity rules", {}, "workload.anti-affinity-unsatisfied", "anti-affinity"),
    ],
)
def test_a_clause_of_the_scheduler_names_what_is_requested(text: str, spec: Json, code: str, named: str) -> None:
    claim = {"metadata": {"name": "cache"}, "spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}}
    unplaced = as_pod(pod(**spec))
    what, part, step = placed(context(persistentvolumeclaims=[claim]), unplaced, Clause(count=2, text=text))
    assert what.id == code
    assert named in part
    assert step.command


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("0/3 nodes are available: 3 Insufficient memory.", ["workload.insufficient-resources"]),
        ("", []),
    ],
)
def test_a_pod_that_fits_no_node_is_found(message: str, expected: list[str]) -> None:
    placed = condition("PodScheduled", not message, "Unschedulable" if message else "", message)
    assert codes(SCHEDULED, context(pod(status={"conditions": [placed]}))) == expected


def test_a_taken_host_port_may_come_with_the_ports_of_the_last_revision() -> None:
    assert "ports" in SCHEDULED.template_of("workload.host-port-taken")


def in_pool(name: str, pool: str, **more: Any) -> Json:
    """Returns a node of a pool."""
    made = node(name, **more)
    made["metadata"]["labels"]["pool"] = pool
    return made


RULE = {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["jobs"]}]}
BY_AFFINITY = {
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [RULE]}}}
}


@pytest.mark.parametrize("spec", [{"nodeSelector": {"pool": "jobs"}}, BY_AFFINITY], ids=["selector", "affinity"])
@pytest.mark.parametrize("problem", [{"cordoned": True}, {"taint": "dedicated"}], ids=["cordoned", "tainted"])
def test_only_nodes_of_the_pods_own_pool_are_to_be_changed(spec: Json, problem: Json) -> None:
    nodes = [in_pool("a", "jobs", **problem), in_pool("b", "web", **problem)]
    text = "node(s) were unschedulable" if "cordoned" in problem else "node(s) had untolerated taint {dedicated: }"
    _, part, step = placed(context(nodes=nodes), as_pod(pod(**spec)), Clause(count=1, text=text))
    words = step.command.split()
    assert ("a" in words, "b" in words) == (True, False)
    assert part


def bound(node_name: str, *, age_s: float = 60, template: str = "") -> Context:
    """Returns what the check sees of a pod that is bound to a node, and that no kubelet has noticed."""
    one = pod("web-1", node=node_name, age_s=age_s, status={"phase": "Pending"})
    return about(context(one, nodes=[node("a"), node("b")]), template=PodTemplate(spec=PodSpec(node_name=template)))


@pytest.mark.parametrize(
    ("template", "named", "command"),
    [("gone-9", "which the pod template names", '"nodeName":null'), ("", "any more", "delete pod web-1")],
    ids=["by the template", "node that was removed"],
)
def test_a_pod_of_a_node_that_does_not_exist_is_found(template: str, named: str, command: str) -> None:
    (found,) = findings(SCHEDULED, bound("gone-9", template=template))
    assert found.code == "workload.node-not-found"
    assert named in found.summary
    assert "gone-9" in found.summary
    assert command in found.remediation.steps[0].command


@pytest.mark.parametrize("ctx", [bound("a"), bound("new-1", age_s=2)], ids=["exists", "just bound"])
def test_a_pod_that_its_kubelet_has_not_noticed_yet_is_silent(ctx: Context) -> None:
    assert codes(SCHEDULED, ctx) == []


def test_a_template_that_names_a_node_that_does_not_exist_is_found_without_a_pod() -> None:
    ctx = about(context(nodes=[node("a")]), template=PodTemplate(spec=PodSpec(node_name="gone-9")))
    assert codes(SCHEDULED, ctx) == ["workload.node-not-found"]


WEB: Json = {"ownerReferences": [{"kind": "ReplicaSet", "name": "web-5f"}], "labels": {"pod-template-hash": "5f"}}
CLAIM: Json = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}


def pending(message: str, spec: Json | None = None, **objects: Any) -> Context:
    """Returns what the check sees of a pod of ReplicaSet web-5f that has no node, for this reason."""
    one = pod(
        "web-5f-new", status={"conditions": [condition("PodScheduled", False, "Unschedulable", message)]}, age_s=90
    )
    one["metadata"] |= WEB
    del one["spec"]["nodeName"]
    one["spec"] |= spec or {}
    return context(one, **{"pods": [one, *objects.pop("others", [])], **objects})


@pytest.mark.parametrize(("offered", "words"), [("0", "have no"), ("4", "have too little free")])
def test_a_resource_that_no_node_offers_is_not_called_used_up(offered: str, words: str) -> None:
    allocatable = {"cpu": "4", "example.com/gpu": offered}
    ctx = context(nodes=[node("lab-1", allocatable=allocatable)])
    clause = Clause(count=1, text="Insufficient example.com/gpu")
    assert placed(ctx, as_pod(pod()), clause)[1].startswith(f"{words} example.com/gpu")


SHORT = "0/2 nodes are available: 2 Insufficient cpu."


def preempted(message: str, *, by_s: float = 95, **more: Any) -> Json:
    return event("Preempted", message, name="web-5f-old", age_s=by_s) | more


BATCH: Json = pod("batch-7c-x", owner="batch-7c", priorityClassName="batch-first")
BATCH["metadata"] |= {"uid": "0b1e8c1a-1111-4222-8333-444455556666", "labels": {"pod-template-hash": "7c"}}
BY_UID = "Preempted by pod 0b1e8c1a-1111-4222-8333-444455556666 on node a"


@pytest.mark.parametrize(
    "reported",
    [
        preempted(BY_UID),
        preempted("Preempted by msp/batch-7c-x on node a"),
        preempted("Preempted by a pod on node a", related={"kind": "Pod", "name": "batch-7c-x", "namespace": "msp"}),
    ],
    ids=["uid", "name", "related"],
)
def test_pods_whose_place_others_took_name_the_others(reported: Json) -> None:
    (found,) = findings(SCHEDULED, pending(SHORT, others=[BATCH], events=[reported]))
    assert found.code == "workload.preempted"
    assert "pod batch-7c-x of PriorityClass batch-first took the place of web-5f-old on node a" in found.summary
    assert "scale deployment/batch --replicas=0" in found.remediation.steps[0].command


def test_a_pod_of_a_namespace_that_is_not_read_is_named_as_far_as_the_event_does() -> None:
    other = preempted("Preempted by a pod on node a", related={"kind": "Pod", "name": "gpu-1", "namespace": "lab"})
    (found,) = findings(SCHEDULED, pending(SHORT, events=[other]))
    assert "pod lab/gpu-1 took the place" in found.summary


@pytest.mark.parametrize("events", [[], [preempted(BY_UID, by_s=3000)]], ids=["none", "of an earlier pod"])
def test_too_little_without_a_preemption_is_a_matter_of_resources(events: list[Json]) -> None:
    assert codes(SCHEDULED, pending(SHORT, events=events)) == ["workload.insufficient-resources"]


def of_zone(zone: str) -> Json:
    term = {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}
    return {"metadata": {"name": "pv-1"}, "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [term]}}}}


BOUND = {"metadata": {"name": "data"}, "spec": {"volumeName": "pv-1"}, "status": {"phase": "Bound"}}


@pytest.mark.parametrize(
    "message",
    [
        "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity.",
        "0/2 nodes are available: 2 node(s) had volume node affinity conflict.",
        "0/2 nodes are available: 2 node(s) had no available volume zone.",
    ],
)
def test_a_volume_that_no_node_reaches_is_named_with_its_place(message: str) -> None:
    ctx = pending(message, CLAIM, nodes=[node("a")], persistentvolumes=[of_zone("c")], persistentvolumeclaims=[BOUND])
    (found,) = findings(SCHEDULED, ctx)
    assert found.code == "workload.volume-elsewhere"
    assert "claim data: it is for topology.kubernetes.io/zone=c" in found.summary


def test_what_excludes_the_node_of_its_volume_comes_before_the_volume() -> None:
    message = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match PersistentVolume's node affinity."
    ctx = pending(message, CLAIM, nodes=[node("a")], persistentvolumes=[of_zone("c")], persistentvolumeclaims=[BOUND])
    assert codes(SCHEDULED, ctx) == ["workload.insufficient-resources"]


@pytest.mark.parametrize(("user", "named"), [("web-5f-old", "web-5f-old"), ("import-x", "import-x")])
def test_a_claim_of_one_pod_names_the_pod_that_uses_it(user: str, named: str) -> None:
    message = (
        "0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode "
        "already in-use by another pod."
    )
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOncePod"]}, "status": {"phase": "Bound"}}
    other = pod(user, **CLAIM)
    (found,) = findings(SCHEDULED, pending(message, CLAIM, others=[other], persistentvolumeclaims=[claim]))
    assert found.code == "workload.volume-in-use"
    assert f"claim data, which pod {named} alone may use" in found.summary


def test_a_claim_that_is_being_deleted_is_named() -> None:
    message = '0/2 nodes are available: persistentvolumeclaim "data" is being deleted.'
    claim = {"metadata": {"name": "data", "deletionTimestamp": ago(minutes=5)}, "status": {"phase": "Bound"}}
    (found,) = findings(SCHEDULED, pending(message, CLAIM, persistentvolumeclaims=[claim]))
    assert (found.code, "claim data, which is being deleted" in found.summary) == ("workload.volume-unbound", True)


def test_a_taint_is_tolerated_before_it_is_removed_for_all() -> None:
    report = prepare(Request(replay=recordings.path("C-K10-K14"))).run(threading.Event())
    found = next(each.finding for each in report.causes if each.finding.code == "workload.untolerated-taint")
    first, second = found.remediation.steps[:2]
    assert '{"tolerations":[{"key":"dedicated"' in first.command
    assert second.command.has("taint")
    assert second.text == "Or remove the taint, which lets in every pod."
