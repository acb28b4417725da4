"""Deployments of new versions: Helm revisions, migration Jobs and Argo Workflows, as far as the run has read them."""

from collections.abc import Iterator

from diagnose.domain.delivery.argo_workflows import FAILED, pipelines
from diagnose.model.timeline import MomentKind, Nature
from diagnose.resources import Job, Workflow
from diagnose.target.target import Target
from diagnose.timeline.moments import Link, LinkedMoment, moment
from diagnose.timeline.observations import Observations
from diagnose.timeline.scope import TimelineScope


def deliveries(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[LinkedMoment]:
    """Yields Helm revisions, migration Jobs and workflows with their results."""
    yield from _of_release(observed, target)
    yield from _of_jobs(observed, scope, target)
    yield from _of_workflows(observed, scope, target)


def _of_release(observed: Observations, target: Target) -> Iterator[LinkedMoment]:
    name = target.release.name if target.release else ""
    for record in observed.history.records if observed.history else ():
        if record.last_deployed is None:
            continue
        failed = record.status == "failed"
        summary = f"Helm revision {record.revision} of {name} ({record.chart}): {record.status}; {record.description}"
        yield moment(
            record.last_deployed, Nature.WRONG if failed else Nature.CHANGE, MomentKind.RELEASE, f"release/{name}",
            summary, "Helm's records, with the clock of the machine that ran Helm",
        )  # fmt: skip


def _of_jobs(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[LinkedMoment]:
    """Yields the migration Jobs, which change the schema that the worker uses."""
    pattern = target.profile.migrations.jobs
    for job in observed.of(Job, target.namespace):
        if not pattern or pattern not in job.name:
            continue
        for kind, nature, verb in (("Complete", Nature.CHANGE, "has run"), ("Failed", Nature.WRONG, "has failed")):
            found = job.condition(kind)
            if found and found.last_transition_time:
                why = f": {found.reason}" if found.reason and nature is Nature.WRONG else ""
                summary = f"Job {job.name} {verb}{why}."
                subject = scope.named("Job", job.name)
                yield moment(
                    found.last_transition_time, nature, MomentKind.JOB, subject, summary, "the Job's conditions"
                )


def _of_workflows(observed: Observations, scope: TimelineScope, target: Target) -> Iterator[LinkedMoment]:
    known = target.profile.workflows
    for run in pipelines(observed.of(Workflow, target.workflows), known, target.namespace):
        subject = scope.named("Workflow", run.name, target.workflows)
        does = "deploys" if run.deploys else "builds"
        version = f" {run.version}" if run.version else ""
        if run.began_at:
            summary = f"Workflow {run.name} began; it {does}{version}."
            nature = Nature.CHANGE if run.deploys else Nature.NOTE
            yield moment(run.began_at, nature, MomentKind.WORKFLOW, subject, summary, "creation time")
        ended = run.workflow.status.finished_at
        if ended:
            failed = run.phase in FAILED
            nature = Nature.WRONG if failed else Nature.NOTE
            summary = f"Workflow {run.name} ended as {run.phase}."
            link = Link.NEAR if failed else Link.FAR
            yield moment(ended, nature, MomentKind.WORKFLOW, subject, summary, "the workflow's status", link=link)
