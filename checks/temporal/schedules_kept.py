"""Checks that the worker's schedules exist.

It creates them only at startup, so a schedule that is deleted later stays missing.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.domain.temporal.queries import change_step, executions_of, frontend
from diagnose.domain.temporal.schedules import configured_schedules, schedule_names
from diagnose.model.report import Finding, Step
from diagnose.text.sentences import truncate

MISSING = Code(
    id="temporal.schedule-missing",
    meaning="A schedule that the running worker created at its start does not exist any more, or none of its "
    "kind does, so their workflows are not started. The worker creates schedules only at startup, and "
    "ignores errors.",
    fix="Restart the worker, which creates its schedules again.",
    transient=True,
)
PAUSED = Code(
    id="temporal.schedule-paused",
    meaning="A schedule of the worker is paused, so its workflow is not started. A restart does not resume it.",
    fix="Resume the schedule, unless it was paused intentionally.",
)
SHOWN = 2


def run(ctx: Context) -> Iterator[Finding]:
    """Yields schedules in the worker's log, or of its kind, that are missing or paused."""
    executions, expected, kinds = executions_of(ctx), configured_schedules(ctx), ctx.target.profile.schedules
    if not expected and not (kinds and ctx.target.ready_pods):
        raise NotApplicableError("no ready worker's log names schedules")
    known = {each.id: each for each in executions.schedules}
    missing = [name for name in expected if name not in known]
    if missing and executions.complete:
        which = f"{schedule_names(missing)}, which the worker created at its start, does not exist"
        yield _missing(ctx, f"{which}, so nothing starts its workflow.", missing, len(known))
    if not expected:
        expected = [name for name in known if name.startswith(kinds)]
        if not expected and executions.complete:
            reported = f"There is no schedule such as {kinds[0]}, so nothing starts the worker's recurring work."
            yield _missing(ctx, reported, list(kinds[:1]), len(known))
    paused = [name for name in expected if name in known and known[name].paused]
    if paused:
        note = known[paused[0]].note
        yield PAUSED.finding(
            f"{schedule_names(paused)} is paused{f' ({truncate(note, 40)})' if note else ''}, so nothing starts its "
            "workflow.",
            change_step(
                ctx,
                "Resume it.",
                "schedule",
                "toggle",
                options={"--schedule-id": paused[0]},
                flags=("--unpause", "--reason", "resumed"),
            ),
            subjects=tuple(f"schedule/{name}" for name in paused),
            evidence=(ctx.record_evidence(f"schedule {paused[0]}", f"paused: {note or 'no reason given'}"),),
        )


def _missing(ctx: Context, message: str, missing: list[str], there: int) -> Finding:
    return MISSING.finding(
        message,
        ctx.restart_step("Restart the worker."),
        Step("List the schedules.", frontend(ctx).temporal("schedule", "list")),
        subjects=tuple(f"schedule/{name}" for name in missing),
        evidence=(ctx.record_evidence("schedules", f"{there} there, not {', '.join(missing[:SHOWN])}"),),
    )


SCHEDULES_KEPT = Check(
    id="temporal.schedules-kept",
    title="The worker's schedules exist and are not paused",
    stage=stages.SCHEDULES,
    run=run,
    codes=(MISSING, PAUSED),
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
