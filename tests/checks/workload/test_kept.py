"""Pods that ended."""

from datetime import timedelta

import pytest

from checks.workload.kept import KEPT, NODE, REJECTED, STORAGE
from diagnose.check.api import Code, Context
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import NOW, Json, about, context, findings, log
from tests.support.objects import condition, pod, terminated

EVICTED: Json = {"phase": "Failed", "reason": "Evicted"}


def ended(status: Json, *, age_s: float = 30) -> Json:
    """Returns a pod of the current ReplicaSet that was ended so long ago."""
    one = pod("worker-1-b", node="n1", owner="worker-1", status=status)
    one["status"]["conditions"] = [condition("DisruptionTarget", age_s=age_s)]
    return one


def beside(other: Json, *, ready: bool) -> Context:
    """Returns what the check sees where the one pod wanted runs, and another one has ended."""
    living = pod("worker-1-a", owner="worker-1", ready=ready)
    return context(living, replicas=1, replica_sets=[{"metadata": {"name": "worker-1"}}], pods=[living, other])


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
    living = pod("worker-1-a", owner="worker-1", ready=True)
    full = EVICTED | {"message": FULL}
    others = [
        ended(full, age_s=20),
        {**ended(full, age_s=70), "metadata": {**living["metadata"], "name": "worker-1-c"}},
    ]
    sets = [{"metadata": {"name": "worker-1"}}]
    (found,) = findings(KEPT, context(living, replicas=1, replica_sets=sets, pods=[living, *others]))
    assert found.code == STORAGE.id
    assert "like 1 more of its ReplicaSet" in found.summary


def test_the_failed_pod_of_a_job_names_the_error_of_its_log_and_not_the_last_line() -> None:
    ended = {"name": "worker", "state": terminated(1)}
    own = pod(status={"phase": "Failed", "containerStatuses": [ended]}, restartPolicy="Never")
    texts = ["Error: cannot connect to prod-db:3333: connection refused", "check the network", "migration aborted"]
    lines = [LogLine(text, NOW - timedelta(seconds=40)) for text in texts]
    ctx = about(context(own, logs=[log(*lines)]), kind="Job", name="migrate", deployment=None)
    [finding] = findings(KEPT, ctx)
    assert finding.code == "workload.pod-failed"
    assert finding.summary.endswith(": Error: cannot connect to prod-db:3333: connection refused.")
    assert finding.evidence[1].text.split("\n") == texts
