"""A moment with how near it is to the present trouble, and the words that all moments share."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from diagnose.model.timeline import Moment, MomentKind, Nature, Precision
from diagnose.text.sentences import truncate

# A moment quotes what others have said; three lines of a terminal.
_LONGEST = 240


class Link(IntEnum):
    """How near a moment is to the present trouble.

    DIRECT: about what is not well now, or what a cause of the report has seen. NEAR: about something else that matters
    and is there. SOFT: about what is not well now, too, but what every start brings along, such as a readiness probe
    that fails for a while. FAR: about what is gone, or long over.
    """

    DIRECT = 0
    NEAR = 1
    SOFT = 2
    FAR = 3


@dataclass(frozen=True)
class Told:
    """A moment, and how near it is."""

    moment: Moment
    link: Link = Link.NEAR


def moment(
    at: datetime,
    nature: Nature,
    kind: MomentKind,
    subject: str,
    summary: str,
    source: str,
    *,
    until: datetime | None = None,
    count: int = 1,
    still: bool = False,
) -> Moment:
    """A moment; how well its time is known follows from the time itself."""
    later = until if until and until > at else None
    precision = Precision.RANGE if later else Precision.EXACT if at.microsecond else Precision.SECOND
    return Moment(
        at=at,
        nature=nature,
        kind=kind,
        subject=subject,
        summary=truncate(" ".join(summary.split()), _LONGEST),
        source=source,
        precision=precision,
        until=later,
        count=max(count, 1),
        still=still,
    )
