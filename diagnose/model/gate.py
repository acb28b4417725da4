"""The requirements of a gate beyond the outcomes, and its waiting; in the report, because the exit code needs them."""

from datetime import datetime
from enum import StrEnum

import msgspec


class FindingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in the comparison with a baseline."""

    check: str
    code: str
    severity: str
    summary: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison with an earlier report.

    Attributes:
        made_at: start of the earlier run.
        only_new: whether only new findings close the gate.
        stopped: whether the worker worked then and does not work now, so that nothing is excused.
        new, fixed, unchanged: findings of this report alone, of the earlier one alone, and of both.
        untold: findings of the earlier report that this one did not check again.
    """

    made_at: datetime
    only_new: bool
    stopped: bool
    new: tuple[FindingChange, ...] = ()
    fixed: tuple[FindingChange, ...] = ()
    unchanged: tuple[FindingChange, ...] = ()
    untold: tuple[FindingChange, ...] = ()

    def excuses(self, check: str, *, failed: bool) -> bool:
        """Whether a failure or warning of a check is not new; an unknown check is never excused."""
        new = (each for each in self.new if each.check == check and (not failed or each.severity == "critical"))
        return self.only_new and not self.stopped and not any(new)


class Ending(StrEnum):
    """Why a wait ended."""

    OPEN = "open"
    PERMANENT = "lasting"
    DEADLINE = "deadline"
    INTERRUPTED = "interrupted"


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """The waiting of a gate.

    Attributes:
        limit_s: maximum time, in seconds.
        waited_s: time from the start of the first run to the end of the last one, in seconds.
        tries: number of runs.
        lasting: codes of permanent findings, or ids of checks, that waiting does not fix.
    """

    limit_s: float
    waited_s: float
    tries: int
    ended: Ending
    lasting: tuple[str, ...] = ()
