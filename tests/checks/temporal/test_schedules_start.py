"""Whether schedules start what they should."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.temporal.schedules_start import SCHEDULES_START
from diagnose.model.report import Confidence, Severity
from diagnose.queries.temporal import Poller, Queue
from diagnose.queries.workflow_executions import Executions, RunningExecution, Schedule
from diagnose.target.target import REVISION
from tests.support.kit import NOW, WORKER, Json, codes, findings
from tests.support.objects import deployment, meta
from tests.support.temporal import QUEUE, served

NAME = f"{WORKER.schedules[0]}-1"


def scheduled(*running: RunningExecution, next_s: float) -> Executions:
    """Returns a schedule of every three minutes that will start next in so many seconds, and has not for long."""
    last_at, next_at = NOW - timedelta(seconds=600), NOW + timedelta(seconds=next_s)
    schedule = Schedule(id=NAME, workflow="job", every_s=180, gap_s=180, last_at=last_at, next_at=next_at)
    return Executions(asked=True, schedules=(schedule,), complete=True, running=running)


@pytest.mark.parametrize(("next_s", "expected"), [(-300, ["temporal.schedule-overdue"]), (60, [])])
def test_a_start_that_is_overdue_is_found(next_s: float, expected: list[str]) -> None:
    assert codes(SCHEDULES_START, served(executions=scheduled(next_s=next_s), profile=WORKER)) == expected


def test_a_run_that_does_not_end_blocks_its_schedule() -> None:
    run = RunningExecution(NAME, "job", "job-1", QUEUE, NOW - timedelta(seconds=600))
    ctx = served(executions=scheduled(run, next_s=60), profile=WORKER)
    assert codes(SCHEDULES_START, ctx) == ["temporal.schedule-blocked"]


def test_a_run_in_a_queue_that_nobody_polls_is_not_to_be_ended_first() -> None:
    run = RunningExecution(NAME, "job", "job-1", "unserved", NOW - timedelta(seconds=600))
    executions = scheduled(run, next_s=60)
    (finding,) = findings(SCHEDULES_START, served(executions=executions, waiting=(Queue("unserved"),), profile=WORKER))
    assert (finding.severity, finding.confidence) == (Severity.CRITICAL, Confidence.CERTAIN)
    first, *further = finding.remediation.steps
    assert "Run a worker that polls unserved" in first.text
    assert not first.changes
    assert [each.text.split(",")[0] for each in further if each.changes] == [
        "If the schedule sends to another queue by now"
    ]


def test_a_run_that_may_still_work_is_ended_only_on_a_condition() -> None:
    run = RunningExecution(NAME, "job", "job-1", QUEUE, NOW - timedelta(seconds=9000))
    (finding,) = findings(SCHEDULES_START, served(executions=scheduled(run, next_s=60), profile=WORKER))
    assert not finding.remediation.steps[0].changes
    assert [each.text.split(",")[0] for each in finding.remediation.steps if each.changes] == [
        "If the run is not needed"
    ]


def test_a_queue_that_another_worker_may_poll_is_only_likely_unpolled() -> None:
    run = RunningExecution(NAME, "job", "job-1", "of-others", NOW - timedelta(seconds=600))
    (finding,) = findings(SCHEDULES_START, served(executions=scheduled(run, next_s=60), profile=WORKER))
    assert finding.confidence is Confidence.LIKELY


def test_a_queue_that_another_worker_polls_is_not_called_unpolled() -> None:
    run = RunningExecution(NAME, "job", "job-1", "of-others", NOW - timedelta(seconds=9000))
    theirs = Queue("of-others", (Poller("1@other-1", NOW),), backlog=1)
    ctx = served(executions=scheduled(run, next_s=60), waiting=(theirs,), profile=WORKER)
    (finding,) = findings(SCHEDULES_START, ctx)
    assert finding.severity is Severity.WARNING
    assert "no worker polls" not in finding.summary


@pytest.mark.parametrize(
    ("name", "queue", "severity"), [(NAME, "", Severity.CRITICAL), ("month-end", QUEUE, Severity.WARNING)]
)
def test_a_schedule_without_a_further_start_is_named_with_what_is_used_up(
    name: str, queue: str, severity: Severity
) -> None:
    schedule = Schedule(id=name, workflow="job", end="it has used all actions that it was limited to", queue=queue)
    executions = Executions(asked=True, schedules=(schedule,), complete=True)
    (finding,) = findings(SCHEDULES_START, served(executions=executions, profile=WORKER))
    assert (finding.code, finding.severity) == ("temporal.schedule-exhausted", severity)
    assert "used all actions" in finding.summary


def test_a_schedule_of_another_workers_queue_is_not_judged() -> None:
    own, theirs = Schedule(id=NAME), Schedule(id="theirs", end="its calendar matches no time", queue="of-others")
    executions = Executions(asked=True, schedules=(own, theirs), complete=True)
    assert not codes(SCHEDULES_START, served(executions=executions, profile=WORKER))


def test_a_schedule_that_the_worker_sets_up_is_made_anew_where_its_queue_is_not_polled() -> None:
    named = WORKER.schedules[0]
    run = RunningExecution(named, "job", "job-1", f"{QUEUE}s", NOW - timedelta(seconds=600))
    executions = msgspec.structs.replace(scheduled(run, next_s=60), schedules=(own_schedule(named),))
    (finding,) = findings(SCHEDULES_START, served(executions=executions, waiting=(Queue(f"{QUEUE}s"),), profile=WORKER))
    first = finding.remediation.steps[0]
    assert first.command.endswith(f"--schedule-id {named} && kubectl -n msp rollout restart deployment/worker")


def own_schedule(name: str) -> Schedule:
    last_at, next_at = NOW - timedelta(seconds=600), NOW + timedelta(seconds=60)
    return Schedule(id=name, workflow="job", every_s=180, gap_s=180, last_at=last_at, next_at=next_at)


def server(*images: str, age_s: float, current: int = 0, **last: Any) -> Json:
    """Returns the Deployment of Temporal's server with a revision for each image; the last one is so old."""
    owner: Json = {"ownerReferences": [{"kind": "Deployment", "name": "server"}]}
    sets = []
    for number, image in enumerate(images, 1):
        spec = {"containers": [{"name": "temporal", "image": image, **(last if number == len(images) else {})}]}
        owner |= {"annotations": {REVISION: str(number)}}
        made = meta(f"server-{number}", "temporal", age_s=age_s if number == len(images) else 9e6, **owner)
        sets.append({"metadata": made, "spec": {"template": {"spec": spec}}})
    own = deployment("server", namespace="temporal")
    own["metadata"]["annotations"] = {REVISION: str(current or len(images))}
    return {"deployments": [own], "replicasets": sets}


@pytest.mark.parametrize(
    ("kinds", "offered"),
    [
        (server("t:1", "t:1", age_s=900, args=["--no-schedules"]), True),
        # A start was missed before, too; a new server may have changed its schema; and nothing was changed.
        (server("t:1", "t:1", age_s=60, args=["--no-schedules"]), False),
        (server("t:1", "t:2", age_s=900), False),
        (server("t:1", age_s=900), False),
        # It was taken back already: the revision before is used again, with a number of its own.
        (server("t:1", "t:1", age_s=900, args=["--no-schedules"], current=3), False),
    ],
)
def test_the_last_change_of_the_server_before_a_missed_start_is_taken_back(kinds: Json, offered: bool) -> None:
    ctx = served(executions=scheduled(next_s=-300), profile=WORKER, **kinds)
    (finding,) = findings(SCHEDULES_START, ctx)
    undo = "kubectl -n temporal rollout undo deployment/server"
    assert (undo in [each.command for each in finding.remediation.steps]) == offered
    assert any("--no-schedules" in each.text for each in finding.evidence) == offered
