"""Which findings somebody decided not to be told of for a while; a mute hides one thing, never what follows from it."""

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase

from diagnose.model.report import Finding, Mute, Muted


def split(
    check: str, found: Iterable[Finding], mutes: tuple[Mute, ...]
) -> tuple[tuple[Finding, ...], tuple[Muted, ...]]:
    """A check's findings that count, and those that do not."""
    live: list[Finding] = []
    muted: list[Muted] = []
    for finding in found:
        mute = next((each for each in mutes if covers(each, check, finding)), None)
        if mute is None:
            live.append(finding)
        else:
            muted.append(Muted(finding=finding, mute=mute))
    return tuple(live), tuple(muted)


def covers(mute: Mute, check: str, finding: Finding) -> bool:
    """Whether a mute means a finding of a check."""
    return mute.code in {finding.code, check} and (not mute.object or _is_about(mute.object, finding))


def _is_about(pattern: str, finding: Finding) -> bool:
    """Whether the pattern names what a finding is about: all objects of that kind, not just one."""
    subjects = {*finding.subjects, *(f"pod/{pod}" for pod in finding.pods)}
    named = {each for each in subjects if _fits(each, pattern)}
    kinds = {_kind(each) for each in named}
    return bool(named) and all(each in named for each in subjects if _kind(each) in kinds)


def _fits(subject: str, pattern: str) -> bool:
    return fnmatchcase(subject, pattern) or fnmatchcase(subject.partition("/")[2], pattern)


def _kind(subject: str) -> str:
    return subject.partition("/")[0]


def holding(mutes: Iterable[Mute], today: date) -> tuple[Mute, ...]:
    """The mutes that hold today; the last day counts."""
    return tuple(each for each in mutes if each.until >= today)


def words(muted: tuple[Muted, ...]) -> str:
    """Why a check all of whose findings are muted counts as not asked."""
    first = muted[0].mute
    return f"{muted[0].finding.code} is muted until {first.until}: {first.reason}"
