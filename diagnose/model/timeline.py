"""The words of a timeline: what happened when around the target, what went wrong first, and what changed before it.

A change that came before is a correlation. Nothing here, and no report, calls it the cause.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Nature(StrEnum):
    """What a moment is: somebody changed what is wanted, something went wrong, or it is merely worth knowing."""

    CHANGE = "change"
    WRONG = "wrong"
    NOTE = "note"


class MomentKind(StrEnum):
    """What a moment is about."""

    ROLLOUT = "rollout"
    CONFIGURATION = "configuration"
    SECRET = "secret"
    RELEASE = "release"
    SCALING = "scaling"
    POD = "pod"
    RESTART = "restart"
    PROBE = "probe"
    IMAGE = "image"
    SCHEDULING = "scheduling"
    EVICTION = "eviction"
    NODE = "node"
    JOB = "job"
    WORKFLOW = "workflow"
    LOG = "log"
    EVENT = "event"


class Precision(StrEnum):
    """How well a time is known.

    EXACT: to a fraction of a second. SECOND: the cluster keeps no fractions, so the order within one second is open.
    RANGE: of something repeated only the first and the last time are kept.
    """

    EXACT = "exact"
    SECOND = "second"
    RANGE = "range"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing that happened.

    Its time is as the API server hands it out. What a kubelet or a container runtime saw (ends of containers, logs,
    most events) has that node's clock, what was created or changed the API server's own.

    Attributes:
        at: when, or when first.
        until: when it was seen last, None where it happened once.
        count: how often it was seen.
        still: whether it was still so when the report was made.
        subject: the object, such as "pod/worker-1"; with its namespace where that is not the target's.
        summary: one sentence.
        source: where that is known from, in words.
    """

    at: datetime
    nature: Nature
    kind: MomentKind
    subject: str
    summary: str
    source: str
    precision: Precision = Precision.SECOND
    until: datetime | None = None
    count: int = 1
    still: bool = False


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What happened when, the oldest first.

    Attributes:
        first_wrong: the first of what belongs to the present trouble, None where nothing of it was seen with a time.
        last_change: the last change before that (or, without one, before the report); not necessarily its cause.
        unseen: what could not be looked at, in words.
        left_out: how many further moments there is no room for: those farthest from the break.
    """

    moments: tuple[Moment, ...] = ()
    first_wrong: Moment | None = None
    last_change: Moment | None = None
    unseen: tuple[str, ...] = ()
    left_out: int = 0
