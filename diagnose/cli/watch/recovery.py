"""What is left after a cause is gone: its consequences, which pass by themselves.

After a fix, pods wait for the end of their back-off and logs still have the old errors. A single run cannot tell these
from a new cause; a watch knows what explained them before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from diagnose.model.report import Cause, Finding, Report, Status

BACK_OFF = timedelta(minutes=6)
"""How long consequences may take to pass: the longest back-off of a container is five minutes, then it starts."""
GRACE = timedelta(seconds=30)
"""How long attempts that began before the fix may take to fail."""


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """The time after causes are gone.

    Attributes:
        since: start of the first run without one of them.
        fixed_at: start of the first run without the last of them.
        codes: codes of the findings that they explained, by check.
        checks: ids of all checks that they explained, those that did not run included.
    """

    since: datetime
    fixed_at: datetime
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    checks: frozenset[str] = frozenset()

    def covers(self, cause: Cause, at: datetime) -> bool:
        """Whether a cause is only what is left: it was a consequence before, and nothing new happened since the fix."""
        times = [each.last_at for each in cause.finding.evidence if each.last_at]
        if at - self.fixed_at > BACK_OFF or any(each > self.fixed_at + GRACE for each in times):
            return False
        was_consequence = cause.finding.code in self.codes.get(cause.check, frozenset())
        # A check that did not run before may have found another cause, unless all that it found is old.
        return was_consequence or (bool(times) and cause.check in self.checks)


def recovery(before: Recovery | None, gone: Iterable[Cause], known: Report, now: Report) -> Recovery | None:
    """Returns the recovery after a run in which causes are gone; None where there is nothing to recover from.

    Args:
        before: the recovery until then.
        gone: the causes of the report before that are gone.
        known: the report before.
        now: the report of the run.
    """
    fixed = tuple(gone)
    if not fixed:
        return before
    codes = dict(before.codes if before else {})
    for check, found in _consequences(fixed, known):
        codes[check] = codes.get(check, frozenset()) | {each.code for each in found}
    checks = frozenset(check for each in fixed for check in each.explains)
    return Recovery(
        since=before.since if before else now.started_at,
        fixed_at=now.started_at,
        codes=codes,
        checks=checks | (before.checks if before else frozenset()),
    )


def _consequences(causes: tuple[Cause, ...], report: Report) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    explained = {check for each in causes for check in each.explains}
    for outcome in report.outcomes:
        if outcome.status is Status.FAIL and outcome.check in explained:
            yield outcome.check, outcome.findings
