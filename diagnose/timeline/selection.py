"""Which moment was the first of the present trouble, which change came before it, and what there is room for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from diagnose.model.timeline import Moment, MomentKind, Nature, Timeline
from diagnose.timeline.moments import Link, Told

MOST, MOST_WHEN_WELL = 200, 50
"""How many moments a timeline has at most; of a healthy target only the nearest are worth their place."""

# A container that crashes is started anew after five minutes at most, so what is further apart is another trouble.
GAP = timedelta(minutes=10)
# What is well again, or never was part of it, belongs to the trouble only where it came directly before.
NEAR_GAP = timedelta(minutes=2)
LATELY = timedelta(hours=1)
_IN_A_SECOND = (Nature.CHANGE, Nature.NOTE, Nature.WRONG)


def chosen(told: Iterable[Told], now: datetime, inaccessible: tuple[str, ...], *, failed: bool) -> Timeline:
    """The timeline; the first wrong thing is named only where something has failed."""
    everything = sorted(dict.fromkeys(told), key=lambda each: _order(each.moment))
    first = _first_wrong(everything, now) if failed else None
    before = _last_change(everything, first.at if first else now) if failed else None
    # Without anything to have come before, only what was changed just now is worth its line.
    before = None if before and not first and before.at < now - LATELY else before
    most = MOST if failed else MOST_WHEN_WELL
    pivot = first.at if first else now
    named = [each for each in (first, before) if each]

    def worth(each: Told) -> tuple[int, int, float]:
        rank = 0 if each.moment.nature is Nature.CHANGE and each.link < Link.FAR else int(each.link)
        return (0 if each.moment in named else 1, rank, abs((each.moment.at - pivot).total_seconds()))

    kept = sorted(everything, key=worth)[:most]
    return Timeline(
        moments=tuple(sorted((each.moment for each in kept), key=_order)),
        first_wrong=first,
        last_change=before,
        unseen=inaccessible,
        left_out=len(everything) - len(kept),
    )


def _order(each: Moment) -> tuple[datetime, int, bool, datetime, str, str, str]:
    """By time; within one second, which is all that most times are known to, a log comes before the end it led to."""
    second = each.at.replace(microsecond=0)
    is_log = each.kind is MomentKind.LOG
    return (second, _IN_A_SECOND.index(each.nature), not is_log, each.at, each.subject, each.summary, each.source)


def _end(each: Moment, now: datetime) -> datetime:
    return now if each.still else each.until or each.at


def _first_wrong(told: list[Told], now: datetime) -> Moment | None:
    """The earliest of what hangs together, in time, with what is not well now."""
    wrong = [each for each in told if each.moment.nature is Nature.WRONG and each.moment.at <= now]
    direct = [each.moment for each in wrong if each.link is Link.DIRECT]
    # A probe that fails from the start on counts where nothing else is known.
    direct = direct or [each.moment for each in wrong if each.link is Link.SOFT]
    if not direct:
        return None
    start = max(_end(each, now) for each in direct)
    episode: list[Moment] = []
    near = [each.moment for each in wrong if each.link is Link.NEAR]
    # From the latest back: what reaches into the time after a gap belongs to it.
    for candidates, gap in ((direct, GAP), (near, NEAR_GAP)):
        for each in sorted(candidates, key=lambda one: _end(one, now), reverse=True):
            if _end(each, now) < start - gap:
                break
            episode.append(each)
            start = min(start, each.at)
    return min(episode, key=_order)


def _last_change(told: list[Told], at: datetime) -> Moment | None:
    """The latest change up to a moment; within one second the new version of the workload goes first."""
    found = [
        each.moment
        for each in told
        if each.moment.nature is Nature.CHANGE and each.link < Link.FAR and each.moment.at <= at
    ]
    return max(found, key=lambda each: (each.at, each.kind is MomentKind.ROLLOUT, _order(each)), default=None)
