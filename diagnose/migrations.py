"""Runs of migrations: pods of Jobs beside the worker, which a release starts before it rolls the worker out."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnose.check import Context
from diagnose.probes.kubernetes import ReadLog
from diagnose.probes.objects import Pod

_NAMED = re.compile(r"migrat", re.IGNORECASE)
# A run that failed long before the worker's present template was made is of another release.
_BEFORE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: the Job that it belongs to, and its pod."""

    job: str
    pod: Pod

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""
        return self.pod.status.phase == "Failed"

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.pod.status.phase in {"Pending", "Running"}

    @property
    def ended_at(self) -> datetime | None:
        """When its last container ended."""
        ends = [each.state.terminated for each in self.pod.status.container_statuses]
        return max((end.finished_at for end in ends if end and end.finished_at), default=None)

    @property
    def container(self) -> str:
        """The container that failed, else the first."""
        statuses = self.pod.status.container_statuses
        failed = (each.name for each in statuses if each.state.terminated and each.state.terminated.exit_code)
        return next(failed, self.pod.spec.containers[0].name)


def latest_run(ctx: Context) -> Run | None:
    """The latest run of migrations in the worker's namespace, None where there is none."""
    runs = [run for pod in ctx.list(Pod, ctx.target.namespace) if (run := _run(pod))]
    return max(runs, key=lambda run: str(run.pod.metadata.creation_timestamp), default=None)


def is_of_now(ctx: Context, run: Run) -> bool:
    """Whether a run that failed did so for the worker's present template, or lately."""
    made = ctx.target.current_replica_set.metadata.creation_timestamp if ctx.target.current_replica_set else None
    ended = run.ended_at
    return ended is None or ctx.age(ended) <= _BEFORE or (made is not None and ended >= made - _BEFORE)


def question(ctx: Context, run: Run) -> ReadLog:
    """The question for the log of a run."""
    return ReadLog(namespace=ctx.target.namespace, pod=run.pod.name, container=run.container)


def _run(pod: Pod) -> Run | None:
    job = next((owner.name for owner in pod.metadata.owner_references if owner.kind == "Job"), "")
    words = (pod.name, *(word for each in pod.spec.containers for word in (each.name, *each.command, *each.args)))
    return Run(job=job, pod=pod) if job and any(_NAMED.search(word) for word in words) else None
