"""Nodes are named where pods fail on them alone, for a reason that nothing else shows, and by more than chance."""

from typing import Any

from msgspec.structs import replace

from checks.workload.pods_alike import PODS_ALIKE
from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, StandingCause
from diagnose.model.report import Confidence, Status
from tests.support.kit import about, ago, context, findings, nothing, outcome
from tests.support.objects import crashing, node, pod, replica_set

Json = dict[str, Any]

CRASHES = {"containerStatuses": [crashing(3)]}

FAILED = Code(id="logs.startup-failed", meaning="", fix="", symptom=True)
KNOWN = Code(id="network.policy-blocks", meaning="", fix="")
STARTUP = Check(id="t.startup", title="", stage=stages.STARTUP, run=nothing, codes=(FAILED, KNOWN))


def cause(*pods: str, code: Code = FAILED) -> StandingCause:
    alternatives = ("Something else.",) if code is FAILED else ()
    return StandingCause(check=STARTUP, finding=code.finding("It fails.", pods=pods, alternatives=alternatives))


def of_target(
    failing: str, working: str, *others: Json, causes: tuple[StandingCause, ...] = (), **kinds: Any
) -> Context:
    """Returns the context of a workload with a failing and a working pod on each of these nodes."""
    broken = [pod(f"bad-{number}", node=each) for number, each in enumerate(failing)]
    well = [pod(f"good-{number}", node=each, ready=True) for number, each in enumerate(working)]
    kinds = {"nodes": [node("a"), node("b")], **kinds}
    ctx = context(*broken, *well, check=PODS_ALIKE, pods=[*broken, *well, *others], **kinds)
    return replace(ctx, standing=causes or (cause(*(each["metadata"]["name"] for each in broken)),))


def test_a_node_is_suspected_with_counts_and_the_pods_are_moved_away() -> None:
    (found,) = findings(PODS_ALIKE, of_target("bb", "aaa"))
    assert found.code == "workload.differs-by-node"
    assert found.confidence is Confidence.LIKELY
    assert found.summary == "worker fails only on node b: 2 of 2 pods fail there, 0 of 3 elsewhere."
    assert found.subjects == ("node/b",)
    assert [each.command for each in found.remediation.steps] == [
        "kubectl describe node b",
        "kubectl cordon b && kubectl -n msp delete pod bad-0 bad-1",
    ]
    assert "network.node-proxy-stale" in found.alternative_codes


def test_what_is_unusual_on_the_node_is_evidence() -> None:
    young = node("b", taint="network-unavailable")
    young["metadata"]["creationTimestamp"] = ago(minutes=30)
    proxy = pod("kube-proxy-b", namespace="kube-system", node="b")
    (found,) = findings(PODS_ALIKE, of_target("bb", "aaa", proxy, nodes=[node("a"), young]))
    texts = {each.source: each.text for each in found.evidence}
    assert texts["node b"] == "taint network-unavailable; joined 30 min ago"
    assert texts["pod kube-system/kube-proxy-b on b"] == "not ready, 0 restarts"


def test_few_pods_prove_nothing() -> None:
    assert findings(PODS_ALIKE, of_target("b", "aa")) == []


def test_other_workloads_of_the_namespace_count() -> None:
    others = [pod(f"other-{each}", node=each, ready=each == "a") for each in "ab"]
    others += [pod("third", node="a", ready=True)]
    (found,) = findings(PODS_ALIKE, of_target("b", "aa", *others))
    assert "2 of 2 pods fail there, 0 of 4 elsewhere" in found.summary
    assert found.pods == ("bad-0",)


def test_a_pod_of_another_workload_that_works_there_exonerates_the_node() -> None:
    assert findings(PODS_ALIKE, of_target("b", "aa", pod("other", node="b", ready=True))) == []


def test_where_the_cause_is_known_it_is_not_asked() -> None:
    ctx = of_target("bb", "aaa", causes=(cause("bad-0", "bad-1"), cause("bad-0", code=KNOWN)))
    assert outcome(PODS_ALIKE, ctx).status is Status.SKIP


def test_where_nothing_fails_it_is_not_asked() -> None:
    assert outcome(PODS_ALIKE, replace(of_target("", "aaa"), standing=())).status is Status.SKIP


def test_a_single_pod_is_compared_with_the_others_of_its_workload() -> None:
    def of_set(name: str, node_name: str, *, ready: bool = False) -> Json:
        made = pod(name, node=node_name, ready=ready, owner="worker-1", status={} if ready else CRASHES)
        made["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "worker-1"}]
        return made

    one, two = of_set("bad-0", "b"), of_set("bad-1", "b")
    well = [of_set(f"good-{number}", "a", ready=True) for number in range(3)]
    own = replica_set("worker-1")
    own["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "worker"}]
    ctx = context(one, check=PODS_ALIKE, pods=[one, two, *well], replicasets=[own], nodes=[node("a"), node("b")])
    (found,) = findings(PODS_ALIKE, replace(about(ctx, is_single_pod=True), standing=(cause("bad-0"),)))
    assert found.summary == "worker fails only on node b: 2 of 2 pods fail there, 0 of 3 elsewhere."
    assert found.pods == ("bad-0",)
