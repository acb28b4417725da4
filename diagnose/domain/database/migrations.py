"""Runs of migrations: Jobs beside the worker, and their pods, which a release starts before it rolls the worker out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnose.check.api import Context, Occasion
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import Container, ContainerStatus, Event, Job, Meta, Pod

# A command says it in passing only by this word: "bootstrap" stands in many that migrate nothing.
_DONE_BY = re.compile(r"migrat", re.IGNORECASE)
# A run that failed long before the worker's present template was made is of another release.
_BEFORE = timedelta(hours=1)
CRASHES = "CrashLoopBackOff"
# Clocks of a node and of the API server differ, and both tell whole seconds.
_MOMENT = timedelta(seconds=5)
# What Kubernetes says of a Job that has no pod to show for it.
WITHOUT_POD = {"FailedCreate", "DeadlineExceeded", "Suspended"}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: the Job that it belongs to, and its latest pod, each None where it was not seen; and when that was."""

    name: str
    job: Job | None
    pod: Pod | None
    now: datetime

    @property
    def failed(self) -> bool:
        """Whether it ended with an error, for good or until it is tried again."""
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
        """When it began."""
        made = self.job.metadata.creation_timestamp if self.job else None
        return made or (self.pod.metadata.creation_timestamp if self.pod else None)

    @property
    def ended_at(self) -> datetime | None:
        """When its last container ended, or its Job was given up."""
        ends = [each.last_end.finished_at for each in self._statuses if each.last_end and each.last_end.finished_at]
        given_up = self.job.condition("Failed") if self.job else None
        return max(ends, default=given_up.last_transition_time if given_up else None)

    @property
    def container(self) -> str:
        """The container that failed, else the first."""
        if self.pod is None:
            return ""
        statuses = (*self.pod.status.init_container_statuses, *self.pod.status.container_statuses)
        failed = (each.name for each in statuses if each.last_end and each.last_end.exit_code)
        return next(failed, self.pod.spec.containers[0].name)

    @property
    def tries_again(self) -> bool:
        """Whether a container that fails again and again runs once more, so that its log has only begun."""
        return any(each.state.running and self._fails_again(each) for each in self._statuses)

    @property
    def _crashes(self) -> bool:
        waits = (each.state.waiting and each.state.waiting.reason == CRASHES for each in self._statuses)
        return any(waits) or any(map(self._fails_again, self._statuses))

    def _fails_again(self, status: ContainerStatus) -> bool:
        """Whether a container has failed twice, and has not run for longer since: what it failed for may be over."""
        end, running = status.last_end, status.state.running
        if status.restart_count < 2 or end is None or not end.exit_code:
            return False
        lasted = end.finished_at - end.started_at if end.finished_at and end.started_at else timedelta()
        return not (running and running.started_at) or self.now - running.started_at <= lasted + _MOMENT

    @property
    def _statuses(self) -> tuple[ContainerStatus, ...]:
        return self.pod.status.container_statuses if self.pod else ()


def latest_run(ctx: Context) -> Run | None:
    """The latest run of migrations in the worker's namespace, None where there is none.

    Raises:
        NoAnswerError: its pods or Jobs may not be listed.
    """
    pods = [pod for pod in ctx.list(Pod, ctx.target.namespace) if _job_of(pod) and _is_of_pod(ctx, pod)]
    made: dict[str, Pod] = {}
    for pod in sorted(pods, key=lambda pod: str(pod.metadata.creation_timestamp)):
        made[_job_of(pod)] = pod
    jobs = (
        {job.name: job for job in ctx.list(Job, ctx.target.namespace) if _is_of_job(ctx, job)} if _hinted(ctx) else {}
    )
    runs = [Run(name=name, job=jobs.get(name), pod=made.get(name), now=ctx.now) for name in {*made, *jobs}]
    return max(runs, key=lambda run: (str(run.started_at), run.name), default=None)


def waiting_pods(ctx: Context) -> tuple[tuple[Pod, str], ...]:
    """The target's pods that an init container keeps back until migrations have run, each with its name."""
    found = []
    for pod in ctx.target.pods:
        for container in pod.spec.init_containers:
            status = pod.container_status(container.name)
            if status and status.state.running and _matches(ctx, (container,), Meta(), own="wait"):
                found.append((pod, container.name))
    return tuple(found)


def is_of_now(ctx: Context, run: Run) -> bool:
    """Whether a run that failed did so for the worker's present template, or lately."""
    made = ctx.target.current_replica_set.metadata.creation_timestamp if ctx.target.current_replica_set else None
    ended = run.ended_at
    return ended is None or ctx.age(ended) <= _BEFORE or (made is not None and ended >= made - _BEFORE)


def query(ctx: Context, run: Run) -> ReadLog | None:
    """The question for the log of a run, None where its pod is gone."""
    if run.pod is None:
        return None
    return ReadLog(namespace=ctx.target.namespace, pod=run.pod.name, container=run.container, previous=run.tries_again)


def events_of_job(ctx: Context, name: str) -> tuple[Event, ...]:
    """What Kubernetes says of a Job, the latest last."""
    events = ctx.list(Event, ctx.target.namespace)
    own = [each for each in events if (each.involved_object.kind, each.involved_object.name) == ("Job", name)]
    return tuple(sorted(own, key=lambda event: str(event.seen_at)))


def _hinted(ctx: Context) -> bool:
    """Whether the Jobs themselves are worth a LIST: an incident has one only where something speaks for them."""
    if ctx.occasion is not Occasion.INCIDENT or waiting_pods(ctx):
        return True
    events = ctx.list(Event, ctx.target.namespace)
    told = (each.involved_object for each in events if each.reason in WITHOUT_POD)
    about = (each.name for each in told if each.kind == "Job")
    return any(_pattern(ctx).search(name) for name in about)


def _is_of_pod(ctx: Context, pod: Pod) -> bool:
    return _matches(ctx, pod.spec.containers, pod.metadata, own=pod.name)


def _is_of_job(ctx: Context, job: Job) -> bool:
    return _matches(ctx, job.spec.template.spec.containers, job.metadata, own=job.name)


def _matches(ctx: Context, containers: Iterable[Container], meta: Meta, *, own: str) -> bool:
    named = (own, *meta.labels.values(), *(each.name for each in containers))
    commands = (word for each in containers for word in (*each.command, *each.args))
    return any(_pattern(ctx).search(word) for word in named) or any(_DONE_BY.search(word) for word in commands)


def _pattern(ctx: Context) -> re.Pattern[str]:
    return re.compile(ctx.target.profile.migrations.jobs, re.IGNORECASE)


def _job_of(pod: Pod) -> str:
    return next((owner.name for owner in pod.metadata.owner_references if owner.kind == "Job"), "")
