"""Migration runs: Jobs with their pods that a release starts before it rolls out the worker."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from diagnose.check.api import Context, Occasion
from diagnose.domain.kubernetes.pods import current_set_of
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import Container, ContainerStatus, Event, Job, Meta, Pod, PodSpec
from diagnose.text.patterns import lazy
from diagnose.text.times import EARLIEST

# Only this word identifies a command: "bootstrap" is in many that migrate nothing.
_COMMAND = lazy(r"migrat", re.IGNORECASE)
# A run that failed long before the worker's current template was created belongs to another release.
_BEFORE = timedelta(hours=1)
CRASHES = "CrashLoopBackOff"
# The clocks of nodes and API server differ, and timestamps have whole seconds.
_CLOCK_TOLERANCE = timedelta(seconds=5)
# The reasons of events about Jobs without a pod.
WITHOUT_POD = {"FailedCreate", "DeadlineExceeded", "Suspended"}


class MigrationRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of migrations: its Job and its latest pod, each None where it was not found, at the time `now`."""

    name: str
    job: Job | None
    pod: Pod | None
    now: datetime

    @property
    def failed(self) -> bool:
        """Whether it failed, permanently or until the next retry."""
        given_up = self.job is not None and self.job.condition("Failed") is not None
        return given_up or (self.pod is not None and (self.pod.status.phase == "Failed" or self._crashes))

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        if self.failed:
            return False
        if self.pod is not None:
            return self.pod.status.phase in {"Pending", "Running"}
        return self.job is not None and self.job.condition("Complete") is None

    @property
    def started_at(self) -> datetime | None:
        """When it started."""
        made = self.job.metadata.creation_timestamp if self.job else None
        return made or (self.pod.metadata.creation_timestamp if self.pod else None)

    @property
    def ended_at(self) -> datetime | None:
        """When its last container ended, or its Job failed."""
        ends = [each.last_end.finished_at for each in self._statuses if each.last_end and each.last_end.finished_at]
        given_up = self.job.condition("Failed") if self.job else None
        return max(ends, default=given_up.last_transition_time if given_up else None)

    @property
    def spec(self) -> PodSpec | None:
        """The pod spec of its Job, or of its pod where the Job is deleted."""
        if self.job:
            return self.job.spec.template.spec
        return self.pod.spec if self.pod else None

    @property
    def container(self) -> str:
        """The name of the container that failed, else of the first."""
        if self.pod is None:
            return ""
        statuses = self.pod.status.all_container_statuses
        failed = (each.name for each in statuses if each.last_end and each.last_end.exit_code)
        return next(failed, self.pod.spec.containers[0].name)

    @property
    def is_retrying(self) -> bool:
        """Whether a crashing container is running again, so that its current log is still incomplete."""
        return any(each.state.running and self._crashes_repeatedly(each) for each in self._statuses)

    @property
    def _crashes(self) -> bool:
        waits = (each.state.waiting and each.state.waiting.reason == CRASHES for each in self._statuses)
        return any(waits) or any(map(self._crashes_repeatedly, self._statuses))

    def _crashes_repeatedly(self, status: ContainerStatus) -> bool:
        """Whether a container failed at least twice and does not run longer than before, which would mean recovery."""
        end, running = status.last_end, status.state.running
        if status.restart_count < 2 or end is None or not end.exit_code:
            return False
        last_duration = end.finished_at - end.started_at if end.finished_at and end.started_at else timedelta()
        return not (running and running.started_at) or self.now - running.started_at <= last_duration + _CLOCK_TOLERANCE

    @property
    def _statuses(self) -> tuple[ContainerStatus, ...]:
        return self.pod.status.container_statuses if self.pod else ()


def latest_run(ctx: Context) -> MigrationRun | None:
    """Returns the latest migration run in the worker's namespace, None without one.

    Raises:
        NoAnswerError: pods or Jobs may not be listed.
    """
    pods = sorted(ctx.list(Pod, ctx.target.namespace), key=lambda pod: pod.creation_order)
    made = {pod.job: pod for pod in pods if pod.job and _matches(ctx, pod.spec.containers, pod.metadata, name=pod.name)}
    listed = ctx.list(Job, ctx.target.namespace) if _needs_jobs(ctx) else ()
    jobs = {
        job.name: job for job in listed if _matches(ctx, job.spec.template.spec.containers, job.metadata, name=job.name)
    }
    runs = [MigrationRun(name=name, job=jobs.get(name), pod=made.get(name), now=ctx.now) for name in {*made, *jobs}]
    return max(runs, key=lambda run: (run.started_at or EARLIEST, run.name), default=None)


def waiting_pods(ctx: Context) -> tuple[tuple[Pod, str], ...]:
    """Returns the target's pods with an init container that waits for migrations, and the container's name."""
    return tuple(
        (pod, container.name)
        for pod in ctx.target.pods
        for container in pod.spec.init_containers
        if (status := pod.container_status(container.name)) and status.state.running
        if _matches(ctx, (container,), Meta(), name="wait")
    )


def is_current(ctx: Context, run: MigrationRun) -> bool:
    """Whether a run failed recently, or belongs to the worker's current template."""
    ended = run.ended_at
    if ended is None or ctx.age(ended) <= _BEFORE:
        return True
    current = current_set_of(ctx)
    made = current.metadata.creation_timestamp if current else None
    return made is not None and ended >= made - _BEFORE


def log_query(ctx: Context, run: MigrationRun) -> ReadLog | None:
    """Returns the query for the log of a run, None where its pod was deleted."""
    if run.pod is None:
        return None
    return ReadLog(namespace=ctx.target.namespace, pod=run.pod.name, container=run.container, previous=run.is_retrying)


def _needs_jobs(ctx: Context) -> bool:
    """Whether Jobs must be listed: in an incident only where a waiting pod or an event points to them."""
    if ctx.occasion is not Occasion.INCIDENT or waiting_pods(ctx):
        return True
    events = ctx.list(Event, ctx.target.namespace)
    objects = (each.involved_object for each in events if each.reason in WITHOUT_POD)
    about = (each.name for each in objects if each.kind == "Job")
    return any(_pattern(ctx).search(name) for name in about)


def _matches(ctx: Context, containers: Iterable[Container], meta: Meta, *, name: str) -> bool:
    named = (name, *meta.labels.values(), *(each.name for each in containers))
    commands = (text for each in containers for text in (*each.command, *each.args))
    return any(_pattern(ctx).search(text) for text in named) or any(_COMMAND.search(text) for text in commands)


def _pattern(ctx: Context) -> re.Pattern[str]:
    return re.compile(ctx.target.profile.migrations.jobs, re.IGNORECASE)
