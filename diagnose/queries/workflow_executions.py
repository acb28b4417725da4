"""Executions of workflows, as a Temporal server reports them: those that ended lately and those that are stuck."""

from datetime import datetime

import msgspec

# The results that a server counts as no success.
FAILED_RESULTS = frozenset({"FAILED", "TIMED_OUT", "TERMINATED"})


class EndedExecution(msgspec.Struct, frozen=True):
    """An execution that ended lately.

    Attributes:
        completed: whether it succeeded; one that was cancelled or continued as new counts as completed.
        reason: the root error of a failure, where it was read.
        activity: the type of the activity that failed with this error, "" for none.
        schedule: the schedule that started it, "" for none.
        version: the deployment version it belongs to, as "deployment.build"; "" for none.
        worker: the identity of the worker that ended its last activity, else its last task, where it was read.
        allowed_s: how long one was allowed to run that has timed out, 0 for all others.
    """

    workflow: str
    queue: str
    completed: bool
    at: datetime | None = None
    reason: str = ""
    activity: str = ""
    schedule: str = ""
    version: str = ""
    worker: str = ""
    allowed_s: float = 0.0


class ExecutionCount(msgspec.Struct, frozen=True):
    """The number of executions of some queues that ended within so many minutes, and of those without success."""

    minutes: float
    total: int
    failed: int


class RunningExecution(msgspec.Struct, frozen=True):
    """An execution that a schedule started, and that is still running."""

    schedule: str
    workflow: str
    workflow_id: str
    queue: str
    since: datetime | None = None


class StuckExecution(msgspec.Struct, frozen=True):
    """A running execution whose task or activity fails repeatedly.

    Attributes:
        activity: the type of the activity that fails; "" where the workflow task does.
        attempt: of the task or activity, counted by the server from 1.
        cause: of a failed task, the server's name for it, such as "NON_DETERMINISTIC_ERROR".
        reason: the message of the last failure.
    """

    workflow: str
    workflow_id: str
    queue: str
    activity: str = ""
    attempt: int = 0
    cause: str = ""
    reason: str = ""


class PendingActivity(msgspec.Struct, frozen=True):
    """Activities of one type and queue, of the running executions that were described.

    Attributes:
        queue: where their tasks are.
        workflow, workflow_id, workflow_queue: an execution that has one.
        waiting: how many have waited for their first start for some seconds, and `since` when the first of them.
        started: how many a worker executes.
    """

    activity: str
    queue: str
    workflow: str
    workflow_id: str
    workflow_queue: str
    waiting: int
    started: int = 0
    since: datetime | None = None


class Schedule(msgspec.Struct, frozen=True):
    """A schedule that starts workflows.

    Attributes:
        workflow: the type that it starts.
        every_s: the shortest of its intervals, in seconds; 0 where it goes by a calendar.
        last_at: when it last started one, None where it never has; `last_status` its result, such as
            "COMPLETED" or "FAILED"; "" where the server does not report it.
        next_at: when it will start the next.
        results: of the executions that it started lately, the latest last. The scheduler updates them only when it
            starts the next one, so the latest is "RUNNING" until then.
        reason: the error of the last one that failed, queried only where several have.
        gap_s: the longest time between two of its next starts, in seconds; 0 where unknown.
        end: why it will start nothing again, where it is not paused and the server confirms that there is no next
            start of one that recurs; "" otherwise.
        queue: where its workflows run, queried only with `end`.
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
    end: str = ""
    queue: str = ""


class OpenVersion(msgspec.Struct, frozen=True):
    """How many running executions of a queue belong to a deployment version, as "deployment.build".

    Attributes:
        pinned: how many of them stay with it, whichever version is the current one.
    """

    queue: str
    version: str
    total: int
    pinned: int


class Executions(msgspec.Struct, frozen=True):
    """The results of workflows.

    Attributes:
        asked: whether the server answered; an empty list means something only then.
        error: why it did not, where it was queried.
        complete: whether all schedules are listed.
        failures: the latest that did not succeed; among many that end, those of `ended` are only a few of them.
        counted: how many ended and failed, the longest time first; none where the server does not count.
        running: executions that schedules started and that have not ended.
        versions: the deployment versions of running executions; of many, only those of the latest.
        activities: those that have not ended; without those whose queue the server does not report.
    """

    asked: bool = False
    error: str = ""
    ended: tuple[EndedExecution, ...] = ()
    stuck: tuple[StuckExecution, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    complete: bool = False
    failures: tuple[EndedExecution, ...] = ()
    counted: tuple[ExecutionCount, ...] = ()
    running: tuple[RunningExecution, ...] = ()
    versions: tuple[OpenVersion, ...] = ()
    activities: tuple[PendingActivity, ...] = ()
