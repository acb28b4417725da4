"""The worker's schedules as faults change them; a worker that starts anew sets them up as they were."""

import json
from datetime import UTC, datetime, timedelta

from tests.lab.cluster import Lab
from tests.lab.faults.temporal._temporal import bring_schedule_back, delete_workflows, temporal


def change(lab: Lab, schedule: str, workflow: str, queue: str, argument: dict[str, object], every_s: int) -> None:
    """Let a schedule start another workflow, at another interval."""
    options = ("--type", workflow, "--task-queue", queue, "--input", json.dumps(argument))
    named = ("--schedule-id", schedule, "--workflow-id", f"lab-{schedule}")
    temporal(lab, "schedule", "update", *named, *options, "--interval", f"{every_s}s", "--overlap-policy", "Skip")


def results(lab: Lab, schedule: str) -> list[str]:
    """What became of its runs of late, the latest last, as the list of schedules says."""
    listed = json.loads(temporal(lab, "schedule", "list", "--output", "json"))
    info = next(each["info"] for each in listed if each["scheduleId"] == schedule)
    return [each["startWorkflowStatus"].rpartition("_")[2] for each in info.get("recentActions", [])]


def has_run_for(lab: Lab, query: str, seconds: float) -> bool:
    """Whether an execution that matches has run for so long."""
    running = f"({query}) AND ExecutionStatus = 'Running'"
    found = json.loads(temporal(lab, "workflow", "list", "--query", running, "--output", "json") or "[]")
    now = datetime.now(UTC)
    return any(now - _time(each["startTime"]) > timedelta(seconds=seconds) for each in found)


def set_up_anew(lab: Lab, schedule: str) -> None:
    """Let a worker make the schedule anew: it must forget its results. What it has started is taken away."""
    temporal(lab, "schedule", "delete", "--schedule-id", schedule)
    delete_workflows(lab)
    bring_schedule_back(lab, schedule)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.partition(".")[0].rstrip("Z") + "+00:00")


def next_start_passed(lab: Lab, schedule: str, seconds: float) -> bool:
    """Whether the next start of a schedule has been due for so long."""
    listed = json.loads(temporal(lab, "schedule", "list", "--output", "json"))
    info = next(each["info"] for each in listed if each["scheduleId"] == schedule)
    return datetime.now(UTC) - _time(info["futureActionTimes"][0]) > timedelta(seconds=seconds)
