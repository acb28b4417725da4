"""Pods that were deleted and still poll."""

from typing import Any

import pytest

from checks.network.hosts_reachable import HOSTS_REACHABLE
from checks.temporal.polled_by_own import POLLED_BY_OWN
from checks.temporal.polling_ends import POLLING_ENDS
from checks.temporal.workflows_succeed import WORKFLOWS_SUCCEED
from diagnose.check.api import Context
from diagnose.model.report import Status
from diagnose.queries.temporal import Queue
from tests.support.kit import Json, ago, codes, findings, outcome
from tests.support.objects import pod, replica_set, variables
from tests.support.temporal import CLIENT, FRONTEND, QUEUE, poller, served, worker

OLD = {"env": [*CLIENT["env"], *variables(DB_HOST="of-the-day-before")]}
HOUR_S = 3600
NO_HOOK: Json = {}


def sleeps(seconds: int) -> Json:
    """Returns a container with a preStop hook that sleeps."""
    return {"lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", f"sleep {seconds}"]}}}}


def beside(deleted_s: float, hook: Json = NO_HOOK, *, polled_s: float = 2, own: Json = OLD, **more: Any) -> Context:
    """Returns what a check sees where a pod that was deleted so long ago has polled so long ago."""
    container = {"name": "worker", **own, **hook}
    left = pod("worker-old-1", container, ready=True, owner="worker-old")
    grace = {"deletionTimestamp": ago(seconds=deleted_s - HOUR_S), "deletionGracePeriodSeconds": HOUR_S}
    left["metadata"] |= grace
    sets = [replica_set("worker-old", template={"spec": {"containers": [container]}})]
    pollers = (poller("worker-1"), poller("worker-old-1", age_s=polled_s))
    pods = [worker(), left, *FRONTEND["pods"]]
    given = {"replica_sets": sets, "replicasets": sets, "pods": pods, **more}
    return served(Queue(QUEUE, pollers), **given)


@pytest.mark.parametrize(
    ("ctx", "expected"),
    [
        (beside(300), True),
        (beside(40, sleeps(3600)), True),
        # Its revision is unknown, since its ReplicaSet was deleted, too: it is compared itself.
        (beside(300, replica_sets=[], replicasets=[replica_set("other")]), True),
        # An open poll, and a short hook, end by themselves.
        (beside(5), False),
        (beside(30, sleeps(25)), False),
        # It has not polled since.
        (beside(300, polled_s=100), False),
        (beside(300, polled_s=299), False),
    ],
)
def test_a_deleted_pod_that_polls_longer_than_a_hook_explains_is_found(ctx: Context, expected: bool) -> None:
    assert codes(POLLING_ENDS, ctx) == (["temporal.polled-by-terminating"] if expected else [])


def test_it_is_named_with_what_differs_and_how_long_it_may_stay() -> None:
    (finding,) = findings(POLLING_ENDS, beside(300))
    assert "deleted 5 min ago" in finding.summary
    assert "env:DB_HOST" in finding.summary
    assert "until " in finding.summary
    assert "--grace-period=1" in str(finding.remediation.steps[0].command)


def test_deleted_pods_with_the_present_settings_are_a_remark() -> None:
    found = outcome(POLLING_ENDS, beside(300, own=CLIENT))
    assert (found.status, found.findings) == (Status.PASS, ())
    assert "still poll" in found.reason


def test_a_deleted_pod_of_the_namespace_is_no_stranger() -> None:
    ctx = beside(300, replica_sets=[], replicasets=[replica_set("worker")])
    assert "temporal.polled-by-others" not in codes(POLLED_BY_OWN, ctx)


def test_failed_workflows_follow_from_deleted_pods_that_poll() -> None:
    early = POLLING_ENDS.stage_of("temporal.polled-by-terminating")
    assert early in WORKFLOWS_SUCCEED.stage_of("temporal.workflows-failing").earlier
    # The errors of their activities are in the logs of those that run the workflows.
    assert early in HOSTS_REACHABLE.stage_of("network.host-not-found").earlier


def test_the_pods_that_are_ready_suffer_from_deleted_ones() -> None:
    (finding,) = findings(POLLING_ENDS, beside(300))
    assert "worker-1" in finding.pods
    assert "worker-old-1" not in finding.pods
