"""Pollers that are no pods of the worker."""

import pytest

from checks.temporal.polled_by_own import POLLED_BY_OWN
from diagnose.model.report import Confidence, Severity
from diagnose.queries.temporal import Queue
from diagnose.target.profile import Profile
from tests.support.kit import codes, findings
from tests.support.temporal import QUEUE, poller, served, worker

SETS = [{"metadata": {"name": "worker-5d4f"}}]


def test_a_poller_that_is_no_pod_here_is_named() -> None:
    queue = Queue(QUEUE, (poller("worker-1"), poller("staging-1")))
    (finding,) = findings(POLLED_BY_OWN, served(queue))
    assert finding.code == "temporal.polled-by-others"
    assert "staging-1" in finding.summary


def test_workers_that_may_share_a_queue_are_a_warning_and_the_same_code_is_none() -> None:
    shared = Profile(name="any")
    queue = Queue(QUEUE, (poller("worker-1", build="a"), poller("other-1", build="b")))
    (finding,) = findings(POLLED_BY_OWN, served(queue, profile=shared))
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
    same = Queue(QUEUE, (poller("worker-1", build="a"), poller("other-1", build="a")))
    assert codes(POLLED_BY_OWN, served(same, profile=shared)) == []


@pytest.mark.parametrize("host", ["worker-1", "worker-5d4f-gone"], ids=["a pod", "a pod that is gone"])
def test_the_pods_of_the_worker_are_its_own_also_when_they_are_gone(host: str) -> None:
    queue = Queue(QUEUE, (poller("worker-1"), poller(host)))
    assert codes(POLLED_BY_OWN, served(queue, pods=(worker(owner="worker-5d4f"),), replica_sets=SETS)) == []


@pytest.mark.parametrize(
    ("host", "deployment"),
    [("temporal-worker-7c8f4db45c-78pjg", "temporal-worker"), ("7@laptop-of-somebody", ""), ("billing-0", "")],
)
def test_a_pod_of_a_deployment_elsewhere_can_be_stopped_once_its_namespace_is_known(host: str, deployment: str) -> None:
    (finding,) = findings(POLLED_BY_OWN, served(Queue(QUEUE, (poller("worker-1"), poller(host)))))
    look, *others = finding.remediation.steps
    assert look.command.has("--field-selector") or "metadata.name=" in look.command
    stops = [each for each in others if each.changes]
    assert bool(stops) is bool(deployment)
    assert not stops or f"deployment/{deployment}" in stops[0].command
