"""Mutes: findings that are accepted for a while; a mute hides a finding, never its consequences."""

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase

from diagnose.model.report import Finding, Mute, Muted


def split(
    check: str, found: Iterable[Finding], mutes: tuple[Mute, ...]
) -> tuple[tuple[Finding, ...], tuple[Muted, ...]]:
    """Splits the findings of a check into those that count and muted ones."""
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
    """Whether a mute applies to a finding of a check."""
    return mute.code in {finding.code, check} and (not mute.object or _is_about(mute.object, finding))


def _is_about(pattern: str, finding: Finding) -> bool:
    """Whether the pattern matches all subjects of its kind, not only one of them."""
    subjects = {*finding.subjects, *(f"pod/{pod}" for pod in finding.pods)}
    named = {each for each in subjects if _matches(each, pattern)}
    kinds = {_kind(each) for each in named}
    return bool(named) and all(each in named for each in subjects if _kind(each) in kinds)


def _matches(subject: str, pattern: str) -> bool:
    return fnmatchcase(subject, pattern) or fnmatchcase(subject.partition("/")[2], pattern)


def _kind(subject: str) -> str:
    return subject.partition("/")[0]


def active(mutes: Iterable[Mute], today: date) -> tuple[Mute, ...]:
    """Returns the mutes that apply today; the last day counts."""
    return tuple(each for each in mutes if each.until >= today)


def reason(muted: tuple[Muted, ...]) -> str:
    """Returns why a check counts as skipped, all of whose findings are muted."""
    first = muted[0].mute
    return f"{muted[0].finding.code} is muted until {first.until}: {first.reason}"
