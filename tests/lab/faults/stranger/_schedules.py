"""Schedules that have no further start."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.lab.cluster import Lab
from tests.lab.faults.temporal._temporal import temporal


def update(lab: Lab, schedule: str, workflow: str, queue: str, *options: str) -> None:
    """Give a schedule other options, at the same workflow."""
    named = ("--schedule-id", schedule, "--workflow-id", f"lab-{schedule}", "--type", workflow, "--task-queue", queue)
    temporal(lab, "schedule", "update", *named, "--input", "{}", "--overlap-policy", "Skip", *options)


def has_ended(lab: Lab, schedule: str, namespace: str = "default") -> bool:
    """Whether a schedule has run, and has no next time."""
    listed = json.loads(temporal(lab, "schedule", "list", "--namespace", namespace, "--output", "json"))
    info: dict[str, Any] = next(each.get("info", {}) for each in listed if each["scheduleId"] == schedule)
    return not info.get("futureActionTimes")


def ago(seconds: float) -> str:
    """A time in the past, as Temporal's command line takes it."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
