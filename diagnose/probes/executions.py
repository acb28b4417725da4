"""Executions of workflows, as a Temporal server tells of them: those that ended of late and those that do not go on."""

from datetime import datetime

import msgspec


class Ended(msgspec.Struct, frozen=True):
    """An execution that ended of late.

    Attributes:
        completed: whether it did what it should; one that was cancelled or continued as new counts as completed.
        reason: of some of those that did not, the error at the bottom of the failure.
    """

    workflow: str
    queue: str
    completed: bool
    at: datetime | None = None
    reason: str = ""


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
    """

    id: str
    paused: bool = False
    note: str = ""
    workflow: str = ""
    every_s: float = 0.0
    last_at: datetime | None = None
    last_status: str = ""
    next_at: datetime | None = None


class Executions(msgspec.Struct, frozen=True):
    """What became of workflows.

    Attributes:
        asked: whether the server told; an empty list says something only then.
        error: why it did not, where it was asked.
        complete: whether all schedules are there.
    """

    asked: bool = False
    error: str = ""
    ended: tuple[Ended, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    complete: bool = False
