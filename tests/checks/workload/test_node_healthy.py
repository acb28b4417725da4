"""The nodes that the pods are on."""

from checks.workload.node_healthy import NODE_HEALTHY, NOT_READY, PRESSURE
from tests.support.kit import Json, codes, context, findings
from tests.support.objects import condition, node, pod, service


def test_the_same_wrong_with_several_nodes_is_one_finding() -> None:
    nodes = [node(name, condition("DiskPressure")) for name in ("n1", "n2")]
    ctx = context(pod(node="n1"), pod("worker-2", node="n2"), nodes=nodes)
    (finding,) = findings(NODE_HEALTHY, ctx)
    assert finding.code == PRESSURE.id
    assert "n1, n2 is short of disk space" in finding.summary


def test_a_lost_node_without_pods_of_the_worker_matters_where_a_service_is_lost_with_it() -> None:
    nodes = [node("n1"), node("n2", ready="Unknown")]
    dns = service("kube-dns", 53, namespace="kube-system", selector={"k8s-app": "dns"})
    backend = pod("dns-1", node="n2", namespace="", labels={"k8s-app": "dns"})
    one = pod(node="n1", ready=True)
    assert findings(NODE_HEALTHY, context(one, nodes=nodes, services=[dns])) == []
    (finding,) = findings(NODE_HEALTHY, context(one, nodes=nodes, services=[dns], pods=[one, backend]))
    assert finding.code == NOT_READY.id
    assert "dns-1 is down" in finding.summary


def test_a_lost_node_that_the_pods_affinity_excludes_does_not_affect_it() -> None:
    lost = node("lost", ready=False, taint="node.kubernetes.io/not-ready")
    placed = condition("PodScheduled", False, "Unschedulable", "0/1 nodes are available: 1 had untolerated taint")
    own = pod(node="", status={"conditions": [placed]}, nodeSelector={"pool": "jobs"})
    assert codes(NODE_HEALTHY, context(own, nodes=[lost])) == []
    own = pod(node="", status={"conditions": [placed]}, nodeSelector={"kubernetes.io/hostname": "lost"})
    assert codes(NODE_HEALTHY, context(own, nodes=[lost])) == ["workload.node-not-ready"]


def test_only_a_single_silent_node_is_given_up_where_others_can_take_its_pods() -> None:
    def steps(*nodes: Json) -> list[str]:
        (finding,) = findings(NODE_HEALTHY, context(pod(node="n2"), nodes=list(nodes)))
        return [str(each.command) for each in finding.remediation.steps]

    assert steps(node("n1"), node("n2", ready="Unknown"))[1] == "kubectl delete node n2"
    assert not any("delete" in each for each in steps(node("n2", ready="Unknown")))
    assert not any("delete" in each for each in steps(node("n1"), node("n2", ready=False)))


def test_of_a_silent_node_the_claims_of_its_pods_and_its_machine_are_named() -> None:
    lost = node("n2", ready="Unknown")
    lost["status"]["addresses"] = [{"type": "Hostname", "address": "n2"}, {"type": "InternalIP", "address": "10.0.0.2"}]
    data: Json = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-1"}}]}
    (found,) = findings(NODE_HEALTHY, context(pod(node="n2", **data), nodes=[node("n1"), lost]))
    assert found.remediation.summary == "Start machine 10.0.0.2 again, or the kubelet on it."
    assert "worker-1 (claim data-1) only where its volume can be attached" in found.remediation.steps[1].text
    (found,) = findings(NODE_HEALTHY, context(pod(node="n2"), nodes=[node("n1"), lost]))
    assert found.remediation.steps[1].text.endswith("its pods start elsewhere.")


def test_a_pod_that_waits_for_a_node_under_pressure_is_told_from_those_that_are_there() -> None:
    full = node("full", condition("DiskPressure"), taint="node.kubernetes.io/disk-pressure")
    other, chosen = node("n1"), node("n1")
    for each in (full, chosen):
        each["metadata"]["labels"] = {"pool": "a"}
    reason = condition("PodScheduled", False, "Unschedulable", "0/2 nodes are available: 1 had untolerated taint")
    waiting = pod(node="", status={"conditions": [reason]}, nodeSelector={"pool": "a"})
    (found,) = findings(NODE_HEALTHY, context(waiting, nodes=[other, full]))
    assert found.summary == (
        "Node full is short of disk space, so pod worker-1, which nodeSelector pool=a ties to it, is Pending."
    )
    (found,) = findings(NODE_HEALTHY, context(waiting, nodes=[chosen, full]))
    assert found.summary.endswith("so pod worker-1 is Pending.")
    (found,) = findings(NODE_HEALTHY, context(pod(node="full"), nodes=[other, full]))
    assert found.summary.endswith("so pod worker-1 may be evicted.")
