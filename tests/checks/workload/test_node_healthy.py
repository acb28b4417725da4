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

    assert steps(node("n1"), node("n2", ready="Unknown"))[0] == "kubectl delete node n2"
    assert not any("delete" in each for each in steps(node("n2", ready="Unknown")))
    assert not any("delete" in each for each in steps(node("n1"), node("n2", ready=False)))
