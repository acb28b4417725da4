"""What became of a target between two reports: a pure function, so that a gate and a person are told the same.

A finding is known again by its code and by what it is about. A pod is replaced by another that has another name, so a
pod counts as the object that made it. A finding that follows from a cause is what its check says of it at that moment;
it is known again by its check, and its cause decides whether it is new trouble.
"""

import re
from dataclasses import dataclass

from diagnose.model.report import ExitCode, Finding, Outcome, Report, Severity, Status, Verdict

# What the API server puts behind `generateName` is five of these (apimachinery, util/rand), the hash of a pod template
# up to ten of them; a CronJob's Job ends with the minute it was due, an Argo CronWorkflow's run with the second.
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_GENERATED = re.compile(rf"-[{_LETTERS}]{{5}}$")
_HASH = re.compile(rf"-[{_LETTERS}]{{6,10}}$")
_DUE = re.compile(r"-\d{8,10}$")
_PASSING = {"pod", "replicaset", "job", "workflow"}
_ANSWERED = {Status.PASS, Status.WARN, Status.FAIL}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A finding of one of the two reports.

    Attributes:
        check: the check that made it.
        status: how that check ended.
        is_cause: whether nothing explains it.
        explained_by: codes that its check's failure follows from.
    """

    check: str
    status: Status
    finding: Finding
    is_cause: bool
    explained_by: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it is a failure, not a warning or what a partial look saw."""
        return self.status is Status.FAIL and self.finding.severity is Severity.CRITICAL


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between an earlier report and a later one; causes stand before what follows from them.

    Attributes:
        new: findings of the later report that the earlier one does not have, or has as a milder one.
        fixed: findings of the earlier report that are gone, where the later one looked again.
        unchanged: findings of the later report that the earlier one has too.
        untold: findings of the earlier report of which the later one says nothing: it could not look, was not asked,
            or they are muted now.
        unknown: checks that could be told before, or were not asked then, and cannot be told now.
    """

    before: Report
    after: Report
    new: tuple[Entry, ...]
    fixed: tuple[Entry, ...]
    unchanged: tuple[Entry, ...]
    untold: tuple[Entry, ...]
    unknown: tuple[Outcome, ...]

    @property
    def stopped(self) -> bool:
        """Whether the worker works no more, be it by what was wrong before: one bad pod of three may be all three."""
        return self.after.verdict is Verdict.BROKEN and self.before.verdict is not Verdict.BROKEN

    @property
    def exit_code(self) -> ExitCode:
        """Failed where there is a new failure, incomplete where something can be told no more, else open."""
        if self.stopped or any(entry.fails for entry in self.new):
            return ExitCode.FAILED
        if self.unknown or not self.after.complete or not self.after.outcomes:
            return ExitCode.INCOMPLETE
        if self.after.fail_on_warn and self.new:
            return ExitCode.WARNED
        return ExitCode.OPEN


def compare(before: Report, after: Report) -> Comparison:
    """What is new, fixed and unchanged in the later of two reports."""
    old, current = _entries(before), _entries(after)
    unchanged = tuple(entry for entry in current if _was_there(entry, after, old, before))
    gone = tuple(entry for entry in old if not _is_there(entry, before, current, after))
    muted = {each.finding.code for each in after.muted}
    answered = {outcome.check for outcome in after.outcomes if outcome.status in _ANSWERED}
    fixed = tuple(entry for entry in gone if entry.check in answered and entry.finding.code not in muted)
    unknown_before = {outcome.check for outcome in before.outcomes if outcome.status is Status.UNKNOWN}
    return Comparison(
        before=before,
        after=after,
        new=tuple(entry for entry in current if entry not in unchanged),
        fixed=fixed,
        unchanged=unchanged,
        untold=tuple(entry for entry in gone if entry not in fixed),
        unknown=tuple(
            outcome
            for outcome in after.outcomes
            if outcome.status is Status.UNKNOWN and outcome.check not in unknown_before
        ),
    )


def subjects_of(finding: Finding, report: Report) -> frozenset[str]:
    """What a finding is about, by names that outlive a pod; the target's own pods are the target, so not named."""
    own = {f"pod/{name}" for name in (*report.target.pods, *finding.pods)}
    return frozenset(lasting(subject) for subject in finding.subjects if subject not in own)


def is_cause(report: Report, check: str, finding: Finding) -> bool:
    """Whether nothing explains this finding of a check."""
    return any(cause.check == check and cause.finding == finding for cause in report.causes)


def lasting(subject: str) -> str:
    """A subject by a name that outlives a pod: "pod/worker-7d9c5f8b6c-x2kd9" is "pod/worker"."""
    kind, _, name = subject.partition("/")
    if kind not in _PASSING:
        return subject
    return f"{kind}/{_HASH.sub('', _DUE.sub('', _GENERATED.sub('', name)))}"


def _entries(report: Report) -> tuple[Entry, ...]:
    found = [
        Entry(
            check=outcome.check,
            status=outcome.status,
            finding=finding,
            is_cause=is_cause(report, outcome.check, finding),
            explained_by=outcome.explained_by,
        )
        for outcome in report.outcomes
        for finding in outcome.findings
    ]
    codes = [cause.finding.code for cause in report.causes]
    # Causes in the order of the report, the root cause first; then the rest in the order of the checks.
    return tuple(
        sorted(found, key=lambda entry: codes.index(entry.finding.code) if entry.is_cause else len(codes)),
    )


def _was_there(entry: Entry, after: Report, old: tuple[Entry, ...], before: Report) -> bool:
    """Whether the earlier report has this finding, as bad as it is now, of all that it is about."""
    same = [each for each in old if each.finding.code == entry.finding.code and _as_bad(each, entry)]
    told: frozenset[str] = frozenset().union(*(subjects_of(each.finding, before) for each in same))
    if same and subjects_of(entry.finding, after) <= told:
        return True
    return _follows(entry) and any(each.check == entry.check and _as_bad(each, entry) for each in old)


def _is_there(entry: Entry, before: Report, current: tuple[Entry, ...], after: Report) -> bool:
    """Whether the later report still has something of this finding, milder or not."""
    about = subjects_of(entry.finding, before)
    for each in current:
        if each.finding.code == entry.finding.code:
            now = subjects_of(each.finding, after)
            if not about or not now or about & now:
                return True
    return _follows(entry) and any(each.check == entry.check for each in current)


def _as_bad(old: Entry, entry: Entry) -> bool:
    return old.finding.severity.rank >= entry.finding.severity.rank


def _follows(entry: Entry) -> bool:
    return bool(entry.explained_by)
