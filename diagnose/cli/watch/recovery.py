"""What is left after a cause is gone: its consequences, which pass by themselves.

After a fix, pods wait for the end of their back-off and logs still have the old errors. A single run cannot tell these
from a new cause; a watch knows what explained them before.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from diagnose.check.api import Check
from diagnose.engine.causality import follows
from diagnose.model.report import Cause, Report, Status

BACK_OFF = timedelta(minutes=6)
"""How long consequences may take to pass: the longest back-off of a container is five minutes, then it starts."""
GRACE = timedelta(seconds=30)
"""How long attempts that began before the fix may take to fail."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """The time after causes are gone.

    Attributes:
        since: start of the first run without one of them.
        fixed_at: start of the first run without the last of them.
        fixed: the causes that are gone.
        before: status and codes of each check in the runs before.
    """

    since: datetime
    fixed_at: datetime
    fixed: tuple[Cause, ...]
    before: Mapping[str, tuple[Status, frozenset[str]]]

    def covers(self, cause: Cause, at: datetime, checks: Iterable[Check]) -> bool:
        """Whether a cause is only what is left: it follows from one that is gone, and nothing new happened since."""
        times = [each.last_at for each in cause.finding.evidence if each.last_at]
        if at - self.fixed_at > BACK_OFF or any(each > self.fixed_at + GRACE for each in times):
            return False
        status, codes = self.before.get(cause.check, (Status.SKIP, frozenset()))
        is_explained = any(cause.check in each.explains for each in self.fixed)
        if status is Status.FAIL:
            return is_explained and cause.finding.code in codes
        # What a check finds that did not run before may be another cause, unless all of it is old.
        is_old = bool(times) or status in {Status.PASS, Status.WARN}
        return is_old and (is_explained or any(follows(cause, each, checks) for each in self.fixed))


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
    results = {
        each.check: (each.status, frozenset(finding.code for finding in each.findings)) for each in known.outcomes
    }
    return Recovery(
        since=before.since if before else now.started_at,
        fixed_at=now.started_at,
        fixed=(*(before.fixed if before else ()), *fixed),
        before=results,
    )
