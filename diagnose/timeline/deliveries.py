"""Deploys and what goes with them: Helm's revisions, Jobs of migrations, Argo Workflows, where a run has read them."""

from collections.abc import Iterator

from diagnose.domain.delivery.argo_workflows import FAILED, pipelines
from diagnose.model.timeline import MomentKind, Nature
from diagnose.resources import Job, Workflow
from diagnose.target.target import Target
from diagnose.timeline.moments import Link, Told, moment
from diagnose.timeline.observations import Seen
from diagnose.timeline.scope import Scope


def deliveries(seen: Seen, scope: Scope, target: Target) -> Iterator[Told]:
    """What was delivered, and how that ended."""
    yield from _of_release(seen, target)
    yield from _of_jobs(seen, scope, target)
    yield from _of_workflows(seen, scope, target)


def _of_release(seen: Seen, target: Target) -> Iterator[Told]:
    name = target.release.name if target.release else ""
    for record in seen.history.records if seen.history else ():
        if record.last_deployed is None:
            continue
        failed = record.status == "failed"
        summary = f"Helm revision {record.revision} of {name} ({record.chart}): {record.status}; {record.description}"
        yield Told(
            moment(
                record.last_deployed, Nature.WRONG if failed else Nature.CHANGE, MomentKind.RELEASE, f"release/{name}",
                summary, "Helm's records, on the clock of whoever ran Helm",
            )
        )  # fmt: skip


def _of_jobs(seen: Seen, scope: Scope, target: Target) -> Iterator[Told]:
    """Jobs of migrations: they change the schema that the worker meets."""
    pattern = target.profile.migrations.jobs
    for job in seen.of(Job, target.namespace):
        if not pattern or pattern not in job.name:
            continue
        for kind, nature, verb in (
            ("Complete", Nature.CHANGE, "has run"),
            ("Failed", Nature.WRONG, "has failed"),
        ):
            found = job.condition(kind)
            if found and found.last_transition_time:
                why = f": {found.reason}" if found.reason and nature is Nature.WRONG else ""
                summary = f"Job {job.name} {verb}{why}."
                subject = scope.named("Job", job.name)
                yield Told(
                    moment(found.last_transition_time, nature, MomentKind.JOB, subject, summary, "the Job's conditions")
                )


def _of_workflows(seen: Seen, scope: Scope, target: Target) -> Iterator[Told]:
    known = target.profile.workflows
    for run in pipelines(seen.of(Workflow, target.workflows), known, target.namespace):
        subject = scope.named("Workflow", run.name, target.workflows)
        does = "deploys" if run.deploys else "builds"
        version = f" {run.version}" if run.version else ""
        if run.began_at:
            summary = f"Workflow {run.name} began; it {does}{version}."
            nature = Nature.CHANGE if run.deploys else Nature.NOTE
            yield Told(moment(run.began_at, nature, MomentKind.WORKFLOW, subject, summary, "creation time"))
        ended = run.workflow.status.finished_at
        if ended:
            failed = run.phase in FAILED
            nature = Nature.WRONG if failed else Nature.NOTE
            summary = f"Workflow {run.name} ended as {run.phase}."
            link = Link.NEAR if failed else Link.FAR
            yield Told(moment(ended, nature, MomentKind.WORKFLOW, subject, summary, "the workflow's status"), link)
