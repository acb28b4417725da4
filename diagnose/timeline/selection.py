"""Selects the first error of the current incident, the change before it, and the moments that fit into the limit."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Self

import msgspec

from diagnose.model.report import Cause
from diagnose.model.timeline import Moment, MomentKind, Nature, Timeline
from diagnose.timeline.moments import Link, LinkedMoment

MAX_MOMENTS, MAX_MOMENTS_HEALTHY = 200, 50
"""The largest number of moments in a timeline; a healthy target needs only the nearest ones."""

# The kubelet restarts a crashed container after five minutes at most, so a longer gap separates two incidents.
GAP = timedelta(minutes=10)
# Errors of objects that are healthy again belong to the incident only where they came directly before it.
NEAR_GAP = timedelta(minutes=2)
RECENT = timedelta(hours=1)
CREATION = "creation time"
"""The source of the moment at which an object was made."""
# Objects that take something away from others from their first moment on.
_RESTRICTS = ("networkpolicy/", "resourcequota/", "mutatingwebhookconfiguration/")
_IN_A_SECOND = (Nature.CHANGE, Nature.NOTE, Nature.WRONG)


class NamedChange(msgspec.Struct, frozen=True):
    """What the first cause names, so that the change which it is about precedes the nearest one.

    Attributes:
        sources: of its evidence, such as the ReplicaSet that brought it.
        subjects: the objects at fault, as the timeline writes them, the one that it is about first.
    """

    sources: frozenset[str] = frozenset()
    subjects: tuple[str, ...] = ()

    @classmethod
    def of(cls, causes: Sequence[Cause], namespace: str) -> Self:
        """Returns what the first of the causes names."""
        if not causes:
            return cls()
        finding = causes[0].finding
        subjects = (each.replace(f"/{namespace}/", "/", 1) for each in finding.subjects)
        return cls(frozenset(each.source for each in finding.evidence), tuple(subjects))

    def rank(self, each: Moment) -> int:
        """Returns how exactly the cause names a change; most objects worked after they were made."""
        if self.is_brought_by(each):
            return 3
        worked = each.source == CREATION and not each.subject.startswith(_RESTRICTS)
        if worked or each.subject not in self.subjects:
            return 0
        return 2 if each.subject == self.subjects[0] else 1

    def is_brought_by(self, each: Moment) -> bool:
        """Whether the evidence of the cause is from this very change."""
        return each.source.partition(",")[0] in self.sources


NOTHING_NAMED = NamedChange()


def select(
    moments: Iterable[LinkedMoment],
    now: datetime,
    inaccessible: tuple[str, ...],
    named_change: NamedChange = NOTHING_NAMED,
    *,
    failed: bool,
) -> Timeline:
    """Returns the timeline; it names a first error only where a check failed."""
    ordered = sorted(dict.fromkeys(moments), key=lambda each: _order(each.moment))
    # What went wrong before the change that the cause names is another incident.
    named = [each.moment for each in ordered if named_change.is_brought_by(each.moment) and each.moment.at <= now]
    since = max((each.at for each in named), default=None)
    later = [each for each in ordered if since and _end(each.moment, now) >= since]
    first = (_first_error(later, now) or _first_error(ordered, now)) if failed else None
    # Without a first error, only a recent change is worth naming.
    changed = [each for each in ordered if first or each.moment.at >= now - RECENT]
    before = _change_before(changed, first.at if first else now, named_change) if failed else None
    limit = MAX_MOMENTS if failed else MAX_MOMENTS_HEALTHY
    pivot = first.at if first else now
    shown = [each for each in (first, before) if each]

    def worth(each: LinkedMoment) -> tuple[int, int, float]:
        rank = 0 if each.moment.nature is Nature.CHANGE and each.link < Link.FAR else int(each.link)
        return (0 if each.moment in shown else 1, rank, abs((each.moment.at - pivot).total_seconds()))

    retained = sorted(ordered, key=worth)[:limit]
    return Timeline(
        moments=tuple(sorted((each.moment for each in retained), key=_order)),
        first_wrong=first,
        last_change=before,
        unseen=inaccessible,
        left_out=len(ordered) - len(retained),
    )


def _order(each: Moment) -> tuple[datetime, int, bool, datetime, str, str, str]:
    """Orders by time; within one second (the precision of most times) a log line precedes the exit that it explains."""
    second = each.at.replace(microsecond=0)
    is_log = each.kind is MomentKind.LOG
    return (second, _IN_A_SECOND.index(each.nature), not is_log, each.at, each.subject, each.summary, each.source)


def _end(each: Moment, now: datetime) -> datetime:
    return now if each.still else each.until or each.at


def _first_error(moments: list[LinkedMoment], now: datetime) -> Moment | None:
    """Returns the earliest error that is connected in time to the unhealthy objects."""
    wrong = [each for each in moments if each.moment.nature is Nature.WRONG and each.moment.at <= now]
    direct = [each.moment for each in wrong if each.link is Link.DIRECT]
    # A probe that has failed since the start counts where nothing else is known.
    direct = direct or [each.moment for each in wrong if each.link is Link.SOFT]
    if not direct:
        return None
    start = max(_end(each, now) for each in direct)
    episode: list[Moment] = []
    near = [each.moment for each in wrong if each.link is Link.NEAR]
    # From the latest backwards: an error that reaches into the gap before the incident belongs to it.
    for candidates, gap in ((direct, GAP), (near, NEAR_GAP)):
        for each in sorted(candidates, key=lambda one: _end(one, now), reverse=True):
            if _end(each, now) < start - gap:
                break
            episode.append(each)
            start = min(start, each.at)
    return min(episode, key=_order)


def _change_before(moments: list[LinkedMoment], at: datetime, named_change: NamedChange) -> Moment | None:
    """Returns the latest change up to a moment that the cause names, else the latest of all.

    Within one second a rollout of the workload takes precedence.
    """
    found = [
        each.moment
        for each in moments
        if each.moment.nature is Nature.CHANGE and each.link < Link.FAR and each.moment.at <= at
    ]
    return max(
        found,
        key=lambda each: (named_change.rank(each), each.at, each.kind is MomentKind.ROLLOUT, _order(each)),
        default=None,
    )
