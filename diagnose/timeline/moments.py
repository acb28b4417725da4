"""Moments of a timeline, each with its link to the current incident."""

from datetime import datetime
from enum import IntEnum

import msgspec

from diagnose.model.timeline import Moment, MomentKind, Nature, Precision
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

# Moments quote messages of other programs; this is three lines of a terminal.
_LONGEST = 240


class Link(IntEnum):
    """How closely a moment is linked to the current incident.

    DIRECT: about an unhealthy object, or evidence of a cause. NEAR: about another existing object in scope. SOFT: about
    an unhealthy object, but part of every start, such as a readiness probe that fails for a while. FAR: about a deleted
    object, or about something that ended long ago.
    """

    DIRECT = 0
    NEAR = 1
    SOFT = 2
    FAR = 3


class LinkedMoment(msgspec.Struct, frozen=True):
    """A moment and its link to the current incident."""

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
    link: Link = Link.NEAR,
    until: datetime | None = None,
    count: int = 1,
    still: bool = False,
) -> LinkedMoment:
    """Returns a moment with its link; the precision of its time follows from the time itself."""
    later = until if until and until > at else None
    precision = Precision.RANGE if later else Precision.EXACT if at.microsecond else Precision.SECOND
    found = Moment(
        at=at,
        nature=nature,
        kind=kind,
        subject=subject,
        summary=truncate(one_line(summary), _LONGEST),
        source=source,
        precision=precision,
        until=later,
        count=max(count, 1),
        still=still,
    )
    return LinkedMoment(found, link)
