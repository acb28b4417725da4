"""The comparison of two reports of a target: a pure function, so that a gate and a person get the same result.

A finding is identified by its code and its subjects. A pod is replaced by one with another name, so a pod counts as the
object that created it. A finding that a cause explains is identified by its check alone, because its code may differ
from run to run; its cause decides whether it is new.
"""

import msgspec

from diagnose.model.report import ExitCode, Finding, Outcome, Report, Severity, Status, Verdict
from diagnose.text.patterns import lazy

# The API server appends five of these letters to `generateName` (apimachinery, util/rand); the hash of a pod template
# has up to ten. The Job of a CronJob ends with its scheduled minute, the run of an Argo CronWorkflow with the second.
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_GENERATED = lazy(rf"-[{LETTERS}]{{5}}$")
_HASH = lazy(rf"-[{LETTERS}]{{6,10}}$")
_DUE = lazy(r"-\d{8,10}$")
_REPLACED_KINDS = {"pod", "replicaset", "job", "workflow"}
_ANSWERED = {Status.PASS, Status.WARN, Status.FAIL}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of one of the two reports.

    Attributes:
        check: the check that reported it.
        status: status of that check.
        is_cause: whether no other finding explains it.
        explained_by: codes of the causes that explain its check's failure.
    """

    check: str
    status: Status
    finding: Finding
    is_cause: bool
    explained_by: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it is a failure rather than a warning or a partial result."""
        return self.status is Status.FAIL and self.finding.severity is Severity.CRITICAL


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The differences between an earlier and a later report; causes precede their consequences.

    Attributes:
        new: findings of the later report that the earlier one lacks or has with a lower severity.
        fixed: findings of the earlier report that the later one checked again and no longer has.
        unchanged: findings of both reports.
        not_checked: findings of the earlier report whose check is unknown, skipped or not selected in the later one, or
            that are muted now.
        unknown: checks that are unknown now and were not before.
    """

    before: Report
    after: Report
    new: tuple[Entry, ...]
    fixed: tuple[Entry, ...]
    unchanged: tuple[Entry, ...]
    not_checked: tuple[Entry, ...]
    unknown: tuple[Outcome, ...]

    @property
    def stopped(self) -> bool:
        """Whether the worker stopped working, even if only by known errors: one broken pod may become three."""
        return self.after.verdict is Verdict.BROKEN and self.before.verdict is not Verdict.BROKEN

    @property
    def exit_code(self) -> ExitCode:
        """Failed for a new failure, incomplete where a check has become unknown, else open."""
        if self.stopped or any(entry.fails for entry in self.new):
            return ExitCode.FAILED
        if self.unknown or not self.after.complete or not self.after.outcomes:
            return ExitCode.INCOMPLETE
        if self.after.fail_on_warn and self.new:
            return ExitCode.WARNED
        return ExitCode.OPEN


def compare(before: Report, after: Report) -> Comparison:
    """Compares two reports of a target."""
    old, current = _entries(before), _entries(after)
    unchanged = tuple(entry for entry in current if _existed_before(entry, after, old, before))
    gone = tuple(entry for entry in old if not _still_exists(entry, before, current, after))
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
        not_checked=tuple(entry for entry in gone if entry not in fixed),
        unknown=tuple(
            outcome
            for outcome in after.outcomes
            if outcome.status is Status.UNKNOWN and outcome.check not in unknown_before
        ),
    )


def subjects_of(finding: Finding, report: Report) -> frozenset[str]:
    """Returns the subjects of a finding by names that outlive a pod, without the pods of the target itself."""
    target_pods = {f"pod/{name}" for name in (*report.target.pods, *finding.pods)}
    return frozenset(stable_name(subject) for subject in finding.subjects if subject not in target_pods)


def is_cause(report: Report, check: str, finding: Finding) -> bool:
    """Whether this finding of a check is a cause in the report."""
    return any(cause.check == check and cause.finding == finding for cause in report.causes)


def stable_name(subject: str) -> str:
    """Returns a subject by a name that outlives a pod: "pod/worker" for "pod/worker-7d9c5f8b6c-x2kd9"."""
    kind, _, name = subject.partition("/")
    if kind not in _REPLACED_KINDS:
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
    # Causes in the order of the report, the root cause first; then the others in the order of the checks.
    return tuple(
        sorted(found, key=lambda entry: codes.index(entry.finding.code) if entry.is_cause else len(codes)),
    )


def _existed_before(entry: Entry, after: Report, old: tuple[Entry, ...], before: Report) -> bool:
    """Whether the earlier report has this finding for all its subjects, with at least the same severity."""
    same = [each for each in old if each.finding.code == entry.finding.code and _as_bad(each, entry)]
    covered: frozenset[str] = frozenset().union(*(subjects_of(each.finding, before) for each in same))
    if same and subjects_of(entry.finding, after) <= covered:
        return True
    return bool(entry.explained_by) and any(each.check == entry.check and _as_bad(each, entry) for each in old)


def _still_exists(entry: Entry, before: Report, current: tuple[Entry, ...], after: Report) -> bool:
    """Whether the later report has this finding for at least one of its subjects, with any severity."""
    about = subjects_of(entry.finding, before)
    for each in current:
        if each.finding.code == entry.finding.code:
            now = subjects_of(each.finding, after)
            if not about or not now or about & now:
                return True
    return bool(entry.explained_by) and any(each.check == entry.check for each in current)


def _as_bad(old: Entry, entry: Entry) -> bool:
    return old.finding.severity.rank >= entry.finding.severity.rank
