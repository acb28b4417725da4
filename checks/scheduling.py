"""Which schedules the worker should have: those that its log says it has set up, else those of its kind."""

import re

from diagnose.check.api import Context, NotApplicableError
from diagnose.logs.signatures import Writer
from diagnose.model.report import Step
from diagnose.queries.workflow_executions import Executions, Schedule


def set_up(ctx: Context) -> list[str]:
    """The schedules that the latest logs of ready workers of the present template name."""
    pattern = ctx.target.profile.schedule_set_up
    current = {pod.name for pod in ctx.target.current_pods}
    found: dict[str, None] = {}
    for log in ctx.world.logs():
        if pattern and log.ready and log.writer is Writer.WORKER and log.pod in current:
            hits = (re.search(pattern, entry.text) for entry in log.entries)
            found.update((hit["id"], None) for hit in hits if hit)
    return list(found)


def own(ctx: Context, executions: Executions) -> list[Schedule]:
    """The schedules of the worker that are there.

    Raises:
        NotApplicableError: there is none.
    """
    named, kinds = set(set_up(ctx)), ctx.target.profile.schedules
    found = [each for each in executions.schedules if each.id in named or each.id.startswith(kinds or ("\0",))]
    if not found:
        raise NotApplicableError("Temporal has no schedule of the worker")
    return found


def names(schedules: list[str]) -> str:
    """Schedules in words: the first, and how many more."""
    more = f" and {len(schedules) - 1} more" if len(schedules) > 1 else ""
    return f"Schedule {schedules[0]}{more}"


def at(ctx: Context) -> str:
    """The flags that lead Temporal's command line to the worker's namespace."""
    return f"--address {ctx.names['temporal_address']} --namespace {ctx.names['temporal_namespace']}"


def describe(ctx: Context, schedule: str) -> Step:
    """The step that shows a schedule: what it starts, in which queue, and what became of it."""
    return Step(
        text="See what it starts, and what became of that.",
        command=f"temporal schedule describe {at(ctx)} --schedule-id {schedule!r}",
    )
