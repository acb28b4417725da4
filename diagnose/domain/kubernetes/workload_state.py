"""The state of a workload as its pods and its own status show it, without any check."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from diagnose.domain.kubernetes.pods import BACK_OFF, CREATE_REASONS, PULL_REASONS
from diagnose.model.report import State, Verdict, WorkloadState
from diagnose.resources import ContainerStatus, Job, Pod, Workload
from diagnose.text.times import EARLIEST

STARTING_S = 120.0
"""How long a pod may be without being ready."""
TROUBLES = {*PULL_REASONS, *CREATE_REASONS, BACK_OFF}


class Shown(Protocol):
    """A workload as far as lists show it: one that was found, or a target."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def controller(self) -> Workload | None:
        """Its object, where that was listed."""

    @property
    def job(self) -> Job | None:
        """The Job itself, or the newest one of a CronJob."""

    @property
    def pods(self) -> tuple[Pod, ...]:
        """Its pods."""


def state_of(found: Shown, now: datetime, reason: str = "") -> WorkloadState:
    """Returns the state of a workload that is not examined: broken, or unknown for the given reason."""
    first = next(troubles(found, now), "")
    ready = sum(pod.ready for pod in found.pods)
    failing = State.AT_RISK if ready else State.DOWN
    return WorkloadState(
        kind=found.kind,
        name=found.name,
        verdict=Verdict.BROKEN if first else Verdict.UNKNOWN,
        ready=ready,
        desired=found.controller.desired if found.controller else None,
        reason=first or reason,
        examined=False,
        state=failing if first else State.UNKNOWN,
    )


def troubles(found: Shown, now: datetime) -> Iterator[str]:
    """Yields what is visibly wrong with a workload, the most telling first."""
    if found.job and (failed := found.job.condition("Failed")):
        yield f"Job {found.job.name} failed{f' ({failed.reason})' if failed.reason else ''}"
    for pod in found.pods:
        yield from _of_pod(pod, now)
    controller = found.controller
    if controller and controller.desired and not found.pods and _since(controller.creation_order[0], now) > STARTING_S:
        yield f"none of {controller.desired} pods exists"


def _of_pod(pod: Pod, now: datetime) -> Iterator[str]:
    if pod.status.phase == "Failed":
        yield f"pod {pod.name} failed{f' ({pod.status.reason})' if pod.status.reason else ''}"
    for status in pod.status.all_container_statuses:
        if reason := _of_container(status):
            yield f"pod {pod.name}: {reason}"
    placed = pod.condition("PodScheduled")
    if placed and placed.reason == "Unschedulable":
        yield f"pod {pod.name} fits no node"
    if not pod.ready and pod.status.phase in {"Running", "Pending"}:
        turned = pod.condition("Ready")
        since = (turned and turned.last_transition_time) or pod.metadata.creation_timestamp or EARLIEST
        if _since(since, now) > STARTING_S:
            yield f"pod {pod.name} is not ready"


def _of_container(status: ContainerStatus) -> str:
    waits, ended = status.state.waiting, status.state.terminated
    if waits and waits.reason in TROUBLES:
        return waits.reason
    return f"exit code {ended.exit_code}" if ended and ended.exit_code else ""


def _since(at: datetime, now: datetime) -> float:
    return (now - at).total_seconds()
