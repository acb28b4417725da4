"""The deployment version that new workflows are sent to."""

import pytest

from checks.temporal.polled_by_own import POLLED_BY_OWN
from checks.temporal.versions_polled import VERSIONS_POLLED
from diagnose.queries.temporal import Queue
from diagnose.queries.workflow_executions import Executions, OpenVersion
from tests.support.kit import codes, findings
from tests.support.objects import event, replica_set
from tests.support.temporal import QUEUE, poller, served, worker


@pytest.mark.parametrize(("runs", "expected"), [("worker.2", []), ("worker.1", ["temporal.version-not-polled"])])
def test_a_version_that_no_worker_runs_is_found(runs: str, expected: list[str]) -> None:
    queue = Queue(QUEUE, (poller("worker-1", version=runs),), version="worker.2")
    assert codes(VERSIONS_POLLED, served(queue)) == expected


@pytest.mark.parametrize(
    ("runs", "to", "flags"),
    [
        ("", "unversioned workers again", "--deployment-name worker --unversioned --yes"),
        ("worker.1", "version worker.1, which runs", "--deployment-name worker --build-id 1 --yes"),
    ],
)
def test_new_workflows_go_to_the_workers_that_poll_without_a_prompt(runs: str, to: str, flags: str) -> None:
    queue = Queue(QUEUE, (poller("worker-1", version=runs),), version="worker.2")
    (finding,) = findings(VERSIONS_POLLED, served(queue))
    step = finding.remediation.steps[0]
    assert step.text == f"Send new workflows to {to}."
    assert step.command.endswith(flags)


def test_a_ramping_version_that_no_worker_runs_is_found() -> None:
    queue = Queue(
        QUEUE, (poller("worker-1", version="worker.1"),), version="worker.1", ramping="worker.2", ramping_share=20
    )
    (finding,) = findings(VERSIONS_POLLED, served(queue))
    assert "20 % of the new workflows" in finding.summary
    assert "worker.2" in finding.summary


def test_a_ramp_of_zero_percent_is_no_finding() -> None:
    polling = (poller("worker-1", version="worker.1"),)
    assert not codes(VERSIONS_POLLED, served(Queue(QUEUE, polling, version="worker.1", ramping="worker.2")))


@pytest.mark.parametrize(("pinned", "expected"), [(3, ["temporal.version-not-polled"]), (0, [])])
def test_open_workflows_that_are_pinned_to_a_version_that_no_worker_runs_are_found(
    pinned: int, expected: list[str]
) -> None:
    # Those that are not pinned go on with the current version.
    open_ = OpenVersion(QUEUE, "worker.1", 5, pinned)
    left = poller("gone", version="worker.1", age_s=100)
    queue = Queue(QUEUE, (poller("worker-1"), left), unversioned=True)
    ctx = served(queue, executions=Executions(asked=True, versions=(open_,)))
    assert codes(VERSIONS_POLLED, ctx) == expected


def test_open_workflows_of_a_version_that_runs_are_no_finding() -> None:
    open_ = OpenVersion(QUEUE, "worker.1", 3, 3)
    queue = Queue(
        QUEUE, (poller("worker-1", version="worker.1"), poller("worker-2", version="worker.2")), version="worker.2"
    )
    assert not codes(VERSIONS_POLLED, served(queue, executions=Executions(asked=True, versions=(open_,))))


@pytest.mark.parametrize(
    ("versions", "backlog", "expected"),
    [
        (["orders.1"], 3, ["temporal.version-not-polled"]),
        # A version that was deployed and is not made current yet takes no work from others.
        (["orders.1"], 0, []),
        (["orders.1", ""], 3, []),
    ],
)
def test_work_for_workers_without_a_version_that_nobody_runs_is_found(
    versions: list[str], backlog: int, expected: list[str]
) -> None:
    pollers = tuple(poller(f"worker-{index}", version=version) for index, version in enumerate(versions))
    queue = Queue(QUEUE, pollers, unversioned=True, backlog=backlog, waited_s=60.0)
    found = findings(VERSIONS_POLLED, served(queue))
    assert [each.code for each in found] == expected
    assert all("--build-id 1" in str(each.remediation.steps[0].command) for each in found)


def test_a_pod_that_exists_no_more_polls_nothing_although_its_last_poll_is_listed() -> None:
    queue = Queue(QUEUE, (poller("worker-1"), poller("next-1", version="worker.2")), version="worker.2")
    assert not codes(VERSIONS_POLLED, served(queue))
    killed = [event("Killing", name="next-1")]
    assert codes(VERSIONS_POLLED, served(queue, events=killed)) == ["temporal.version-not-polled"]
    assert not codes(VERSIONS_POLLED, served(queue, pods=(worker(), worker("next-1")), events=killed))


def test_a_pod_of_the_namespace_that_exists_no_more_is_no_stranger() -> None:
    queue = Queue(QUEUE, (poller("worker-1"), poller("next-1")))
    sets = [replica_set("worker")]
    assert codes(POLLED_BY_OWN, served(queue, replica_sets=sets)) == ["temporal.polled-by-others"]
    assert not codes(POLLED_BY_OWN, served(queue, replica_sets=sets, events=[event("Killing", name="next-1")]))


def test_a_ramp_that_was_taken_back_stays_as_one_of_nothing() -> None:
    queue = Queue(QUEUE, (poller("worker-1"),), unversioned=True, ramping="worker.2", ramping_share=0)
    assert codes(VERSIONS_POLLED, served(queue)) == []
