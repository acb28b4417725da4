"""The timeline of a run: changes and errors around the target, the first error, and the change before it.

A change before an error is a correlation. Nothing here, and no report, calls it the cause.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class Nature(StrEnum):
    """The nature of a moment: a change of a desired state, an error, or information."""

    CHANGE = "change"
    WRONG = "wrong"
    NOTE = "note"


class MomentKind(StrEnum):
    """The topic of a moment."""

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
    """The precision of a time.

    EXACT: to a fraction of a second. SECOND: the cluster keeps no fractions, so the order within a second is unknown.
    RANGE: only the first and the last time of something repeated are known.
    """

    EXACT = "exact"
    SECOND = "second"
    RANGE = "range"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One change or event with its time.

    Times are as the API server returns them. Exits of containers, logs and most events have the clock of their node;
    creations and changes of objects have the clock of the API server.

    Attributes:
        at: the time, or the first time.
        until: the last time, None where it happened once.
        count: number of occurrences.
        still: whether it still applied at the time of the report.
        subject: the object, such as "pod/worker-1"; with its namespace where that is not the target's.
        summary: one sentence.
        source: origin of the information.
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


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Moments, the oldest first.

    Attributes:
        first_wrong: the first error of the current incident, None where no error of it has a time.
        last_change: the last change before that (or, without it, before the report); not necessarily its cause.
        unseen: what was not accessible, as sentences.
        left_out: number of further moments beyond the limit, those farthest from the first error.
    """

    moments: tuple[Moment, ...] = ()
    first_wrong: Moment | None = None
    last_change: Moment | None = None
    unseen: tuple[str, ...] = ()
    left_out: int = 0
