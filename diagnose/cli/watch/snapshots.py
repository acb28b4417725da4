"""Snapshots of the runs of `diagnose watch`, and the changes between them; pure functions."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Check
from diagnose.cli.watch.recovery import Recovery, recovery
from diagnose.model.report import Cause, Impact, Report, Severity, Status, Verdict
from diagnose.queries.kubernetes import ListObjects
from diagnose.resources import ContainerStatus, Pod
from diagnose.sources.gateway import Answer
from diagnose.text.characters import one_line
from diagnose.text.sentences import listed, truncate
from reports.text.phrases import affected, headline, unknown_checks

LONGEST = 220
RECOVERING = "RECOVERING"


class PodSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A pod as `kubectl get pods` shows it."""

    name: str
    state: str
    ready: bool
    restarts: int
    made_at: datetime | None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one run.

    Attributes:
        at: its start.
        report: its report; None where the run failed, for the reason in `error`.
        causes: the critical causes, by code and subjects.
        recovery: the recovery from causes that are gone, None where there is none.
        left_over: keys of the causes that are left over from those.
        pending: causes of runs before whose checks had no result now, so that they may be there still.
    """

    at: datetime
    report: Report | None = None
    error: str = ""
    pods: Mapping[str, PodSnapshot] = msgspec.field(default_factory=dict)
    causes: Mapping[str, Cause] = msgspec.field(default_factory=dict)
    recovery: Recovery | None = None
    left_over: frozenset[str] = frozenset()
    pending: Mapping[str, Cause] = msgspec.field(default_factory=dict)

    @property
    def active(self) -> Mapping[str, Cause]:
        """The causes that are not left over from one that is gone."""
        return {key: each for key, each in self.causes.items() if key not in self.left_over}

    @property
    def known(self) -> Mapping[str, Cause]:
        """The causes of this run, and those that are pending."""
        return {**self.causes, **self.pending}

    @property
    def recovering_since(self) -> datetime | None:
        """Since when things come back; None where they do not, or are back."""
        if self.recovery is None or self.active or self.pending or not (self.causes or self.pods_missing):
            return None
        if self.report is None or self.report.verdict is Verdict.UNKNOWN:
            # Whether they come back is not known either.
            return None
        return self.recovery.since

    @property
    def pods_missing(self) -> bool:
        """Whether a pod is not ready."""
        return any(not each.ready for each in self.pods.values())

    @property
    def why(self) -> str:
        """Why the state is unknown, or what is left over; else ""."""
        if self.recovering_since and self.causes:
            return f"left over: {listed(each.finding.code for each in self.causes.values())}"
        if self.report is None or self.report.verdict is not Verdict.UNKNOWN:
            return self.error
        return truncate("; ".join(unknown_checks(self.report)), LONGEST)

    @property
    def state(self) -> str:
        """The headline, or that there is no data where the run failed."""
        if self.recovering_since:
            return RECOVERING
        return headline(self.report)[1] if self.report else "NO DATA"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a run whose trend is shown.

    Attributes:
        ready, desired: numbers of pods.
        waiting, oldest_s: number of tasks that wait, and age of the oldest; None where that is not known.
    """

    ready: int
    desired: int
    waiting: int | None = None
    oldest_s: float | None = None


class SnapshotChange(msgspec.Struct, frozen=True):
    """A change since the previous run; `mark` is the name of a mark as for a status."""

    at: datetime
    mark: str
    text: str


def snapshot_of(report: Report, answers: Iterable[Answer], at: datetime) -> Snapshot:
    """Returns the snapshot of a finished run."""
    names = set(report.target.pods)
    pods = {
        pod.name: _pod(pod)
        for each in answers
        if isinstance(each.query, ListObjects)
        and each.query.plural == Pod.plural
        and each.query.namespace == report.target.namespace
        and not each.error
        for pod in each.answer.items  # type: ignore[attr-defined]
        if pod.name in names
    }
    causes = {
        f"{cause.finding.code} {' '.join(cause.finding.subjects)}": cause
        for cause in report.causes
        if cause.finding.severity is Severity.CRITICAL
    }
    return Snapshot(at=at, report=report, pods=pods, causes=causes)


def numbers_of(snapshot: Snapshot) -> Numbers:
    """Returns the numbers of a run."""
    impact = snapshot.report.impact if snapshot.report else Impact()
    ready = sum(each.ready for each in snapshot.pods.values()) if impact.ready is None else impact.ready
    return Numbers(
        ready=ready,
        desired=len(snapshot.pods) if impact.desired is None else impact.desired,
        waiting=impact.waiting,
        oldest_s=impact.oldest_s,
    )


def after(known: Snapshot | None, now: Snapshot, checks: Iterable[Check]) -> Snapshot:
    """Returns a snapshot with its recovery from causes that are gone since the last one with a report."""
    if known is None or known.report is None or now.report is None:
        return now
    before = {**known.pending, **known.active}
    missing = _without_pairs(before, now.causes)
    pending = {key: each for key, each in missing.items() if not _has_result(each, now.report)}
    found = recovery(known.recovery, _fixed(missing, pending, now.report).values(), known.report, now.report)
    if found is None:
        return replace(now, pending=pending)
    # The time of the report, as those of its evidence, is that of the API server.
    at, declared = now.report.started_at, tuple(checks)
    left_over = frozenset(key for key, each in now.causes.items() if found.covers(each, at, declared))
    made = replace(now, recovery=found, left_over=left_over, pending=pending)
    # While it is not known whether things are back, the recovery is kept.
    is_over = now.report.verdict is Verdict.HEALTHY and not made.pods_missing
    return now if is_over else made


def _without_pairs(causes: Mapping[str, Cause], others: Mapping[str, Cause]) -> dict[str, Cause]:
    """Returns the causes that the others lack; pods that are replaced change the subjects of a cause that stays."""
    changed = Counter(each.finding.code for key, each in others.items() if key not in causes)
    lacking = {}
    for key, each in causes.items():
        if key in others:
            continue
        if changed[each.finding.code]:
            changed[each.finding.code] -= 1
        else:
            lacking[key] = each
    return lacking


def _has_result(cause: Cause, report: Report) -> bool:
    """Whether the check of a cause had a result in a report, or is not applicable any more."""
    outcome = next((each for each in report.outcomes if each.check == cause.check), None)
    return outcome is None or not (outcome.status is Status.UNKNOWN or outcome.blocked_by)


def _fixed(missing: Mapping[str, Cause], pending: Mapping[str, Cause], report: Report) -> dict[str, Cause]:
    """Returns the causes that are gone: neither pending nor a consequence of another cause now."""
    found = {(each.check, finding.code) for each in report.outcomes for finding in each.findings}
    return {
        key: each
        for key, each in missing.items()
        if key not in pending and (each.check, each.finding.code) not in found
    }


def cause_text(cause: Cause, report: Report) -> str:
    """Returns the line of a cause."""
    finding = cause.finding
    return truncate(f"{finding.code}, {affected(finding, report)}: {one_line(finding.summary)}", LONGEST)


def _pod(pod: Pod) -> PodSnapshot:
    statuses = pod.status.all_container_statuses
    return PodSnapshot(
        name=pod.name,
        state=_state(pod),
        ready=pod.ready,
        restarts=sum(each.restart_count for each in statuses),
        made_at=pod.metadata.creation_timestamp,
    )


def _state(pod: Pod) -> str:
    """Returns the status column of `kubectl get pods`: the reason of a waiting container, or the phase."""
    if pod.metadata.deletion_timestamp is not None:
        return "Terminating"
    sidecars = {each.name for each in pod.spec.init_containers if each.is_sidecar}
    for status in pod.status.init_container_statuses:
        is_done = status.state.terminated is not None and not status.state.terminated.exit_code
        if not is_done and not (status.name in sidecars and status.started):
            return f"Init:{_container(status) or 'Running'}"
    waiting = next((text for each in pod.running_statuses if (text := _container(each))), "")
    return waiting or pod.status.reason or pod.status.phase or "Unknown"


def _container(status: ContainerStatus) -> str:
    if status.state.waiting and status.state.waiting.reason:
        return status.state.waiting.reason
    if status.state.terminated:
        return status.state.terminated.reason or f"ExitCode:{status.state.terminated.exit_code}"
    return ""


def changes(before: Snapshot | None, known: Snapshot | None, now: Snapshot) -> Iterator[SnapshotChange]:
    """Yields the changes, the verdict first; for the first run only the verdict.

    Args:
        before: the previous snapshot.
        known: the last snapshot with a report, with which causes and pods are compared.
        now: the current snapshot.
    """
    if before is None or before.state != now.state:
        was = f"{before.state} → " if before else ""
        yield SnapshotChange(now.at, mark_of(now), f"{was}{now.state}{f': {now.why}' if now.why else ''}")
    elif now.why and now.why != before.why:
        yield SnapshotChange(now.at, mark_of(now), now.why)
    if now.report is None:
        return
    old = {**known.pending, **known.active} if known else {}
    for each in _without_pairs(now.active, old).values():
        yield SnapshotChange(now.at, "fail", cause_text(each, now.report))
    if known and known.report:
        missing = _without_pairs(old, now.causes)
        for key, each in missing.items():
            text = cause_text(each, known.report)
            if key in now.pending and key not in known.pending:
                yield SnapshotChange(now.at, "unknown", f"not checked now: {text}")
        for each in _fixed(missing, now.pending, now.report).values():
            yield SnapshotChange(now.at, "pass", f"resolved: {cause_text(each, known.report)}")
    if known:
        yield from _of_pods(known, now)


def _of_pods(before: Snapshot, now: Snapshot) -> Iterator[SnapshotChange]:
    for name, pod in now.pods.items():
        was = before.pods.get(name)
        if was is None:
            yield SnapshotChange(now.at, "skip", f"pod {name} is new ({pod.state})")
            continue
        if pod.restarts > was.restarts:
            yield SnapshotChange(now.at, "warn", f"pod {name}: restarts {was.restarts} → {pod.restarts}")
        if pod.ready != was.ready:
            text = "became ready" if pod.ready else f"stopped being ready ({pod.state})"
            yield SnapshotChange(now.at, "pass" if pod.ready else "fail", f"pod {name} {text}")
        elif pod.state != was.state:
            yield SnapshotChange(now.at, "skip", f"pod {name}: {was.state} → {pod.state}")
    yield from (SnapshotChange(now.at, "skip", f"pod {name} is gone") for name in before.pods if name not in now.pods)


def mark_of(snapshot: Snapshot) -> str:
    """Returns the name of the mark of a snapshot's state."""
    if snapshot.recovering_since:
        return "warn"
    return headline(snapshot.report)[0] if snapshot.report else "unknown"
