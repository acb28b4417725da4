"""What one look of `diagnose watch` saw, and what is other than at the look before; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from diagnose.model.report import Report, Severity, Verdict
from diagnose.queries.kubernetes import ListObjects
from diagnose.resources import ContainerStatus, Pod
from diagnose.sources.gateway import Answer
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate
from reports.text.phrases import affected, unknown_checks

LONGEST = 220


@dataclass(frozen=True, kw_only=True)
class PodSnapshot:
    """A pod as `kubectl get pods` would show it."""

    name: str
    state: str
    ready: bool
    restarts: int
    made_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One look.

    Attributes:
        at: when it was begun.
        report: what it found; None where there was no look, and then `lost` says why.
        causes: the serious ones, each in a sentence, by their code and whom they are about.
    """

    at: datetime
    report: Report | None = None
    lost: str = ""
    pods: Mapping[str, PodSnapshot] = field(default_factory=dict)
    causes: Mapping[str, str] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why it cannot be told how it stands, "" where it can."""
        if self.report is None or self.report.verdict is not Verdict.UNKNOWN:
            return self.lost
        return truncate("; ".join(unknown_checks(self.report)), LONGEST)

    @property
    def state(self) -> str:
        """The verdict in a word; LOST where there was no look."""
        return self.report.verdict.value.upper() if self.report else "LOST"


@dataclass(frozen=True)
class Change:
    """Something that is other than at the look before; `mark` is a mark's name as for a status."""

    at: datetime
    mark: str
    words: str


def snapshot_of(report: Report, answers: Iterable[Answer], at: datetime) -> Snapshot:
    """What a finished run saw."""
    wanted = set(report.target.pods)
    pods = {
        pod.name: _pod(pod)
        for each in answers
        if isinstance(each.query, ListObjects)
        and each.query.plural == Pod.plural
        and each.query.namespace == report.target.namespace
        and not each.error
        for pod in each.answer.items  # type: ignore[attr-defined]
        if pod.name in wanted
    }
    causes = {
        f"{cause.finding.code} {' '.join(cause.finding.subjects)}": truncate(
            f"{cause.finding.code}, {affected(cause.finding, report)}: {one_line(cause.finding.summary)}", LONGEST
        )
        for cause in report.causes
        if cause.finding.severity is Severity.CRITICAL
    }
    return Snapshot(at=at, report=report, pods=pods, causes=causes)


def _pod(pod: Pod) -> PodSnapshot:
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return PodSnapshot(
        name=pod.name,
        state=_state(pod),
        ready=pod.ready,
        restarts=sum(each.restart_count for each in statuses),
        made_at=pod.metadata.creation_timestamp,
    )


def _state(pod: Pod) -> str:
    """The phase, or what a container waits for where that says more."""
    if pod.metadata.deletion_timestamp is not None:
        return "Terminating"
    for status in pod.status.init_container_statuses:
        if not (status.state.terminated and not status.state.terminated.exit_code):
            return f"Init:{_container(status) or 'Running'}"
    told = next((words for each in pod.status.container_statuses if (words := _container(each))), "")
    return told or pod.status.reason or pod.status.phase or "Unknown"


def _container(status: ContainerStatus) -> str:
    if status.state.waiting and status.state.waiting.reason:
        return status.state.waiting.reason
    if status.state.terminated:
        return status.state.terminated.reason or f"ExitCode:{status.state.terminated.exit_code}"
    return ""


def changes(before: Snapshot | None, known: Snapshot | None, now: Snapshot) -> Iterator[Change]:
    """What is other now, the verdict first; of the first look only how it stands.

    Args:
        before: the look before.
        known: the last look that was not lost, with which causes and pods are compared.
        now: the present one.
    """
    if before is None or before.state != now.state:
        was = f"{before.state} → " if before else ""
        yield Change(now.at, mark_of(now), f"{was}{now.state}{f': {now.why}' if now.why else ''}")
    elif now.why and now.why != before.why:
        yield Change(now.at, "unknown", now.why)
    if now.report is None:
        return
    old = known.causes if known else {}
    yield from (Change(now.at, "fail", words) for key, words in now.causes.items() if key not in old)
    yield from (Change(now.at, "pass", f"over: {words}") for key, words in old.items() if key not in now.causes)
    if known:
        yield from _of_pods(known, now)


def _of_pods(before: Snapshot, now: Snapshot) -> Iterator[Change]:
    for name, pod in now.pods.items():
        was = before.pods.get(name)
        if was is None:
            yield Change(now.at, "skip", f"pod {name} is new ({pod.state})")
            continue
        if pod.restarts > was.restarts:
            yield Change(now.at, "warn", f"pod {name}: restarts {was.restarts} → {pod.restarts}")
        if pod.ready != was.ready:
            words = "became ready" if pod.ready else f"stopped being ready ({pod.state})"
            yield Change(now.at, "pass" if pod.ready else "fail", f"pod {name} {words}")
        elif pod.state != was.state:
            yield Change(now.at, "skip", f"pod {name}: {was.state} → {pod.state}")
    yield from (Change(now.at, "skip", f"pod {name} is gone") for name in before.pods if name not in now.pods)


def mark_of(snapshot: Snapshot) -> str:
    """The name of the mark for how it stands."""
    if snapshot.report is None or snapshot.report.verdict is Verdict.UNKNOWN:
        return "unknown"
    return "pass" if snapshot.report.verdict is Verdict.HEALTHY else "fail"
