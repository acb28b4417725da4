"""The schedules that the worker sets up."""

from checks.temporal.schedules_kept import SCHEDULES_KEPT
from diagnose.queries.workflow_executions import Executions, Schedule
from tests.support.kit import WORKER, codes, findings
from tests.support.temporal import served


def listed(*schedules: Schedule) -> Executions:
    return Executions(asked=True, schedules=schedules, complete=True)


def test_a_ready_worker_without_any_schedule_is_found() -> None:
    assert codes(SCHEDULES_KEPT, served(executions=listed(), profile=WORKER)) == ["temporal.schedule-missing"]


def test_a_paused_schedule_is_found_with_its_note() -> None:
    paused = Schedule(id=f"{WORKER.schedules[0]}-1", paused=True, note="maintenance")
    (finding,) = findings(SCHEDULES_KEPT, served(executions=listed(paused), profile=WORKER))
    assert finding.code == "temporal.schedule-paused"
    assert "maintenance" in finding.summary


def test_a_schedule_that_goes_on_is_well() -> None:
    assert (
        codes(SCHEDULES_KEPT, served(executions=listed(Schedule(id=f"{WORKER.schedules[0]}-1")), profile=WORKER)) == []
    )
