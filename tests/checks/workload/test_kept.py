"""Pods that ended."""

from datetime import timedelta

import msgspec
import pytest

from checks.network.hosts_reachable import HOSTS_REACHABLE
from checks.workload.kept import ENDED, KEPT, NODE, REJECTED, STORAGE
from diagnose.check.api import Code, Context
from diagnose.queries.kubernetes import LogLine
from diagnose.resources import DaemonSet, Job, PodTemplate
from tests.support.kit import NOW, Json, about, ago, context, findings, log, of_kind
from tests.support.objects import condition, event, pod, terminated

EVICTED: Json = {"phase": "Failed", "reason": "Evicted"}


def ended(status: Json, name: str = "worker-1-b", *, age_s: float = 30, ran_s: float = 3600) -> Json:
    """Returns a pod of the current ReplicaSet that was ended so long ago, after it ran for so long."""
    one = pod(name, node="n1", owner="worker-1", status=status, age_s=age_s + ran_s)
    one["status"]["conditions"] = [condition("DisruptionTarget", age_s=age_s)]
    return one


def beside(other: Json, *, ready: bool) -> Context:
    """Returns what the check sees where the one pod wanted runs, and another one has ended."""
    living = pod("worker-1-a", owner="worker-1", ready=ready)
    return context(living, replicas=1, replica_sets=[{"metadata": {"name": "worker-1"}}], pods=[living, other])


def replaced(*others: Json) -> Context:
    """Returns what the check sees where the one pod wanted is ready, and others have ended."""
    living = pod("worker-1-a", owner="worker-1", ready=True)
    return context(living, replicas=1, replica_sets=[{"metadata": {"name": "worker-1"}}], pods=[living, *others])


FULL = 'Usage of EmptyDir volume "scratch" exceeds the limit "10Mi". '


@pytest.mark.parametrize(
    ("status", "code", "named"),
    [
        (EVICTED | {"message": FULL}, STORAGE, "scratch beyond the limit of 10Mi"),
        (
            EVICTED | {"message": 'Container worker exceeded its local ephemeral storage limit "1Mi". '},
            STORAGE,
            "worker's storage limit of 1Mi",
        ),
        (
            EVICTED | {"message": "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "},
            STORAGE,
            "1Mi",
        ),
        (
            EVICTED | {"message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. "},
            NODE,
            "is Evicted: node n1 is short of memory",
        ),
        (
            {
                "phase": "Failed",
                "reason": "OutOfcpu",
                "message": "Pod was rejected: Node didn't have enough resource: cpu",
            },
            REJECTED,
            "OutOfcpu",
        ),
    ],
)
def test_an_ended_pod_says_why(status: Json, code: Code, named: str) -> None:
    (finding,) = findings(KEPT, beside(ended(status), ready=False))
    assert finding.code == code.id
    assert named in finding.summary
    assert (finding.subjects, finding.pods) == (("pod/worker-1-b",), ("worker-1-a",))


def test_ended_pods_are_history_once_enough_others_are_ready_or_time_has_passed() -> None:
    evicted = EVICTED | {"message": FULL}
    assert findings(KEPT, beside(ended(evicted), ready=True)) == []
    assert findings(KEPT, beside(ended(evicted, age_s=3600), ready=False)) == []


def test_pods_that_are_evicted_one_after_the_other_are_found_while_the_next_one_is_ready() -> None:
    full = EVICTED | {"message": FULL}
    (found,) = findings(KEPT, replaced(ended(full, age_s=20, ran_s=50), ended(full, "worker-1-c", age_s=70)))
    assert found.code == STORAGE.id
    assert "like 1 more of its ReplicaSet" in found.summary


@pytest.mark.parametrize(
    "status",
    [
        EVICTED | {"message": "The node was low on resource: memory. "},
        {
            "phase": "Failed",
            "reason": "Terminated",
            "message": "Pod was terminated in response to imminent node shutdown.",
        },
    ],
)
def test_pods_that_ended_together_with_their_node_are_history_once_others_are_ready(status: Json) -> None:
    assert findings(KEPT, replaced(ended(status, age_s=202), ended(status, "worker-1-c", age_s=200))) == []


def test_the_failed_pod_of_a_job_names_the_error_of_its_log_and_not_the_last_line() -> None:
    ended = {"name": "worker", "state": terminated(1)}
    own = pod(status={"phase": "Failed", "containerStatuses": [ended]}, restartPolicy="Never")
    texts = ["Error: cannot connect to prod-db:3333: connection refused", "check the network", "migration aborted"]
    lines = [LogLine(text, NOW - timedelta(seconds=40)) for text in texts]
    own["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "migrate"}]
    ctx = of_kind(context(own, logs=[log(*lines)]), Job, "migrate")
    [finding] = findings(KEPT, ctx)
    assert finding.code == "workload.pod-failed"
    assert finding.summary.endswith(": Error: cannot connect to prod-db:3333: connection refused.")
    assert finding.evidence[1].text.split("\n") == texts


def made_by(kind: str, name: str, pod_name: str, status: Json) -> Json:
    one = pod(pod_name, status=status)
    one["metadata"]["ownerReferences"] = [{"kind": kind, "name": name}]
    return one


FAILED = {
    "phase": "Failed",
    "containerStatuses": [{"name": "worker", "state": terminated(3)}],
}


def test_a_pod_of_a_job_that_failed_says_why() -> None:
    one = made_by("Job", "load", "load-1", FAILED)
    (found,) = findings(KEPT, of_kind(context(one), Job, "load"))
    assert (found.code, found.pods) == ("workload.pod-failed", ("load-1",))


def test_one_failed_attempt_of_a_job_that_tries_again_is_no_fault() -> None:
    one, two = made_by("Job", "load", "load-1", FAILED), made_by("Job", "load", "load-2", {})
    assert findings(KEPT, of_kind(context(two, pods=[one, two]), Job, "load")) == []


def test_an_eviction_of_a_daemon_set_is_found() -> None:
    one = made_by("DaemonSet", "agent", "agent-1", EVICTED | {"message": "The node was low on resource: memory. "})
    ctx = of_kind(context(pods=[one]), DaemonSet, "agent", {"desiredNumberScheduled": 1})
    assert [each.code for each in findings(KEPT, ctx)] == ["workload.evicted-by-node"]


def test_a_host_that_its_program_cannot_reach_explains_a_pod_that_failed_by_it_and_no_eviction() -> None:
    assert HOSTS_REACHABLE.stage in KEPT.stage_of(ENDED.id).earlier
    assert not any(HOSTS_REACHABLE.stage in KEPT.stage_of(code.id).earlier for code in (STORAGE, NODE, REJECTED))


def rejected(reason: str, message: str) -> Context:
    """Returns what the check sees of a DaemonSet whose pod the kubelet has refused."""
    one = ended({"phase": "Failed", "reason": reason, "message": message})
    one["metadata"]["ownerReferences"] = [{"kind": "DaemonSet", "name": "agent"}]
    status = {"desiredNumberScheduled": 1}
    sysctls = [{"name": "net.core.somaxconn", "value": "4096"}, {"name": "net.ipv4.tcp_syncookies", "value": "1"}]
    template = {"spec": {"securityContext": {"sysctls": sysctls}}}
    ctx = of_kind(context(pods=[one]), DaemonSet, "agent", status, template=template)
    return about(ctx, template=msgspec.convert(template, PodTemplate))


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("SysctlForbidden", 'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted'),
        ("AppArmor", "Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host"),
        ("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"),
        ("OutOfcpu", "Pod was rejected: Node didn't have enough resource: cpu, requested: 2, used: 3, capacity: 4"),
        ("UnexpectedAdmissionError", "Pod was rejected: Allocate failed due to no healthy devices present"),
    ],
)
def test_a_pod_that_the_kubelet_refuses_is_rejected_whatever_for(reason: str, message: str) -> None:
    (found,) = findings(KEPT, rejected(reason, message))
    assert (found.code, reason in found.summary) == ("workload.rejected-by-node", True)


def test_the_sysctl_that_a_node_forbids_is_taken_out_of_the_template_alone() -> None:
    (found,) = findings(KEPT, rejected("SysctlForbidden", 'Pod was rejected: forbidden sysctl: "net.core.somaxconn"'))
    assert "node n1 does not allow it to set sysctl net.core.somaxconn" in found.summary
    assert '"sysctls":[{"name":"net.ipv4.tcp_syncookies","value":"1"}]' in found.remediation.steps[0].command


def test_a_deleted_pod_that_was_killed_is_no_failure() -> None:
    one = ended(
        {"phase": "Failed", "containerStatuses": [{"name": "worker", "state": {"terminated": {"exitCode": 137}}}]}
    )
    one["metadata"] |= {"deletionTimestamp": ago(seconds=5)}
    assert findings(KEPT, beside(one, ready=False)) == []


def without_failed_pod(*living: Json, age_s: float = 20) -> Context:
    """Returns what the check sees of a DaemonSet that has deleted the pod that the kubelet refused."""
    refused = event("SysctlForbidden", 'forbidden sysctl: "net.core.somaxconn"', name="agent-x", age_s=age_s + 1)
    deleted = event(
        "FailedDaemonPod", "Found failed daemon pod msp/agent-x on node n1, will try to kill it",
        name="agent", kind="DaemonSet", age_s=age_s,
    )  # fmt: skip
    ctx = context(*living, pods=list(living), events=[refused | {"type": "Warning"}, deleted])
    return of_kind(ctx, DaemonSet, "agent", {"desiredNumberScheduled": 2})


def test_a_refused_pod_that_a_daemon_set_has_deleted_is_known_by_its_events() -> None:
    (found,) = findings(KEPT, without_failed_pod(pod("agent-a", node="n2", ready=True)))
    assert (found.code, "net.core.somaxconn" in found.summary) == ("workload.rejected-by-node", True)


@pytest.mark.parametrize(
    "ctx", [without_failed_pod(pod("agent-b", node="n1")), without_failed_pod(age_s=1200)], ids=["replaced", "long ago"]
)
def test_a_refused_pod_is_history_once_its_node_has_another_one(ctx: Context) -> None:
    assert findings(KEPT, ctx) == []
