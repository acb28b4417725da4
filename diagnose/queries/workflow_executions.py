"""Executions of workflows, as a Temporal server tells of them: those that ended of late and those that do not go on."""

from datetime import datetime

import msgspec

# What a server calls an end without success.
FAILED_RESULTS = frozenset({"FAILED", "TIMED_OUT", "TERMINATED"})


class Ended(msgspec.Struct, frozen=True):
    """An execution that ended of late.

    Attributes:
        completed: whether it did what it should; one that was cancelled or continued as new counts as completed.
        reason: of some of those that did not, the error at the bottom of the failure.
        activity: the type of the activity that this error came from, "" where it was none.
        schedule: the schedule that started it, "" where none did.
    """

    workflow: str
    queue: str
    completed: bool
    at: datetime | None = None
    reason: str = ""
    activity: str = ""
    schedule: str = ""


class Counted(msgspec.Struct, frozen=True):
    """How many executions of some queues ended within so many minutes, and how many of them without success."""

    minutes: float
    total: int
    failed: int


class Running(msgspec.Struct, frozen=True):
    """An execution that a schedule started, and that runs still."""

    schedule: str
    workflow: str
    workflow_id: str
    queue: str
    since: datetime | None = None


class Stuck(msgspec.Struct, frozen=True):
    """An execution that runs, and whose task or activity has failed again and again.

    Attributes:
        activity: the type of the activity that fails; "" where the workflow's own task does.
        attempt: of the task or activity, counted by the server from 1.
        cause: of a failed task, the server's word for it, such as "NON_DETERMINISTIC_ERROR".
        reason: the message of the last failure.
    """

    workflow: str
    workflow_id: str
    queue: str
    activity: str = ""
    attempt: int = 0
    cause: str = ""
    reason: str = ""


class Schedule(msgspec.Struct, frozen=True):
    """A schedule that starts workflows.

    Attributes:
        workflow: the type that it starts.
        every_s: the shortest of its intervals, in seconds; 0 where it goes by a calendar.
        last_at: when it last started one, None where it never has; `last_status` what became of that, such as
            "COMPLETED" or "FAILED"; a server that does not tell leaves it "".
        next_at: when it will start the next.
        results: what became of those that it started of late, the latest last. The scheduler looks only when it starts
            the next one, so the latest is "RUNNING" until then.
        reason: the error of the last one that failed, asked only where several have.
        gap_s: the longest time between two of its next starts, in seconds; 0 where that is not known.
    """

    id: str
    paused: bool = False
    note: str = ""
    workflow: str = ""
    every_s: float = 0.0
    last_at: datetime | None = None
    last_status: str = ""
    next_at: datetime | None = None
    results: tuple[str, ...] = ()
    reason: str = ""
    gap_s: float = 0.0


class Executions(msgspec.Struct, frozen=True):
    """What became of workflows.

    Attributes:
        asked: whether the server told; an empty list says something only then.
        error: why it did not, where it was asked.
        complete: whether all schedules are there.
        failures: the latest that did not succeed; among many that end, those of `ended` are only a few of them.
        counted: how many ended and failed, the longest time first; none where the server does not count.
        running: what schedules have started and has not ended.
    """

    asked: bool = False
    error: str = ""
    ended: tuple[Ended, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    complete: bool = False
    failures: tuple[Ended, ...] = ()
    counted: tuple[Counted, ...] = ()
    running: tuple[Running, ...] = ()
