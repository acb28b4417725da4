"""The builds of the workers that poll a queue."""

import msgspec
import pytest

from checks.temporal.one_version import ONE_VERSION
from diagnose.check.api import Context, NotApplicableError
from diagnose.queries.temporal import Queue
from diagnose.resources import Deployment
from tests.support.kit import about, codes, findings
from tests.support.temporal import QUEUE, poller, served, worker


def polled(*builds: str, updated: int = 2) -> Context:
    """Returns what the check sees of two pods whose workers are of these builds."""
    names = ("worker-1", "worker-2")
    queue = Queue(QUEUE, tuple(poller(name, build=build) for name, build in zip(names, builds, strict=True)))
    ctx = served(queue, pods=tuple(worker(name) for name in names))
    status = {"replicas": 2, "readyReplicas": 2, "updatedReplicas": updated}
    made = {"metadata": {"name": "worker"}, "spec": {"replicas": 2}, "status": status}
    return about(ctx, deployment=msgspec.convert(made, Deployment))


def test_two_builds_on_one_queue_are_found() -> None:
    assert codes(ONE_VERSION, polled("build-a", "build-b")) == ["temporal.mixed-versions"]
    assert codes(ONE_VERSION, polled("build-a", "build-a")) == []


def test_a_pod_of_the_other_build_that_nothing_creates_again_is_deleted() -> None:
    (finding,) = findings(ONE_VERSION, polled("build-a", "build-b"))
    fix = finding.remediation.steps[0]
    assert (fix.changes, fix.command.has("delete", "pod")) == ("pods worker-1", True)


def test_in_a_rollout_there_are_two_builds() -> None:
    with pytest.raises(NotApplicableError):
        findings(ONE_VERSION, polled("build-a", "build-b", updated=1))


def test_a_worker_of_another_workload_is_to_be_stopped_there() -> None:
    own = (worker("worker-1"), worker("worker-2"))
    pollers = (
        poller("stranger", build="build-b"),
        *(poller(each["metadata"]["name"], build="build-a") for each in own),
    )
    ctx = served(Queue(QUEUE, pollers), pods=own)
    ctx = about(ctx, deployment=polled("build-a", "build-a").target.deployment)
    (finding,) = findings(ONE_VERSION, ctx)
    assert "1 of another build (build-b, stranger) and 2 of worker (build-a)" in finding.summary
    assert finding.remediation.summary == "Stop stranger, which is not of worker and has another build."
    assert finding.remediation.steps[0].command.has("get", "pods")
