"""Are the schedules there that the worker sets up when it starts? It does so once; what is deleted later stays away."""

import re
from collections.abc import Iterator

from diagnose.asking import executions_of, temporal_of
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step
from diagnose.signatures import Writer

MISSING = Code(
    id="temporal.schedule-missing",
    meaning="A schedule that the running worker set up at its start is not there any more, so its workflow is not "
    "started. The worker sets schedules up only when it starts.",
    fix="Restart the worker, which sets its schedules up anew.",
)
PAUSED = Code(
    id="temporal.schedule-paused",
    meaning="A schedule of the worker is paused, so its workflow is not started. A restart does not let it go on.",
    fix="Let the schedule go on, unless somebody paused it on purpose.",
)
SHOWN = 2


def ask(ctx: Context) -> Iterator[Finding]:
    """Schedules of the worker's own log that are gone or paused."""
    temporal = temporal_of(ctx)
    executions, expected = executions_of(ctx), _set_up(ctx)
    if not expected:
        raise NotApplicableError("no ready worker's log names schedules")
    known = {each.id: each for each in executions.schedules}
    at = f"--address {temporal.address} --namespace {temporal.namespace}"
    missing = [name for name in expected if name not in known]
    if missing and executions.complete:
        workload = f"deployment/{ctx.names['workload']}"
        restart = f"kubectl -n {ctx.target.namespace} rollout restart {workload}"
        yield MISSING.finding(
            f"{_names(missing)}, which the worker set up at its start, is gone, so nothing starts its workflow.",
            subjects=tuple(f"schedule/{name}" for name in missing),
            evidence=(ctx.saw("schedules", f"{len(known)} there, not {', '.join(missing[:SHOWN])}"),),
            steps=(
                Step(
                    text="Restart the worker.",
                    command=restart,
                    changes=f"deployment {ctx.target.namespace}/{ctx.names['workload']}",
                ),
                Step(text="See which there are.", command=f"temporal schedule list {at}"),
            ),
        )
    paused = [name for name in expected if name in known and known[name].paused]
    if paused:
        note = known[paused[0]].note
        yield PAUSED.finding(
            f"{_names(paused)} is paused{f' ({note[:40]})' if note else ''}, so nothing starts its workflow.",
            subjects=tuple(f"schedule/{name}" for name in paused),
            evidence=(ctx.saw(f"schedule {paused[0]}", f"paused: {note or 'no reason given'}"),),
            steps=(
                Step(
                    text="Let it go on.",
                    command=f"temporal schedule toggle {at} --schedule-id {paused[0]!r} --unpause --reason resumed",
                    changes="Temporal",
                ),
            ),
        )


def _set_up(ctx: Context) -> list[str]:
    """The schedules that the latest logs of ready workers of the present template name."""
    pattern = ctx.target.profile.schedule_set_up
    current = {pod.name for pod in ctx.target.current_pods}
    found: dict[str, None] = {}
    for log in ctx.world.logs():
        if pattern and log.ready and log.writer is Writer.WORKER and log.pod in current:
            hits = (re.search(pattern, entry.text) for entry in log.entries)
            found.update((hit["id"], None) for hit in hits if hit)
    return list(found)


def _names(schedules: list[str]) -> str:
    more = f" and {len(schedules) - 1} more" if len(schedules) > 1 else ""
    return f"Schedule {schedules[0]}{more}"


SCHEDULES_KEPT = Check(
    id="temporal.schedules-kept",
    title="The worker's schedules are there and not paused",
    ask=ask,
    codes=(MISSING, PAUSED),
    requires=("temporal.port-reachable",),
    explained_by=("temporal.serving", "temporal.namespace-exists"),
)
