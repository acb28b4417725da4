"""What a gate asks for beyond the outcomes, and how long it waited: a report carries it, for the exit code needs it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Change:
    """A finding as far as two reports are compared; `severity` is that of the finding."""

    check: str
    code: str
    severity: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What became of things since an earlier report.

    Attributes:
        made_at: when the earlier run began.
        only_new: whether what was wrong then, too, does not close the gate.
        stopped: whether the worker worked then and does not now: then nothing is excused.
        new, fixed, unchanged: findings of this report that the earlier one lacks, of that one that are gone, of both.
        untold: findings of the earlier report that this one could not, or did not, look at again.
    """

    made_at: datetime
    only_new: bool
    stopped: bool
    new: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    unchanged: tuple[Change, ...] = ()
    untold: tuple[Change, ...] = ()

    def excuses(self, check: str, *, failed: bool) -> bool:
        """Whether a check's failure, or warning, is no news; what could not be told is never excused."""
        news = (each for each in self.new if each.check == check and (not failed or each.severity == "critical"))
        return self.only_new and not self.stopped and not any(news)


class Ending(StrEnum):
    """Why a wait ended."""

    OPEN = "open"
    LASTING = "lasting"
    DEADLINE = "deadline"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How a gate waited.

    Attributes:
        limit_s: how long it might, in seconds.
        waited_s: from the start of the first look to the end of the last one, in seconds.
        tries: how often it looked.
        lasting: codes of findings, or ids of checks, that no waiting mends.
    """

    limit_s: float
    waited_s: float
    tries: int
    ended: Ending
    lasting: tuple[str, ...] = ()
