"""Calibration: how often a first cause is right that is called certain, and one that is called likely."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from diagnose.model.report import Confidence
from tests.lab.results import Row
from tests.lab.verdict import ALWAYS, AnsweredCause

_ALWAYS: frozenset[str] = frozenset().union(*ALWAYS.values())


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Numbers of runs by what the first cause of each is called, and by whether it was injected.

    Attributes:
        among: likely ones that are not right themselves, while an alternative or a further cause is.
        unknown: first causes whose confidence was not kept.
    """

    certain: int = 0
    certain_right: int = 0
    likely: int = 0
    likely_right: int = 0
    among: int = 0
    unknown: int = 0

    def __add__(self, other: "Calibration") -> "Calibration":
        return Calibration(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


def calibration(rows: Iterable[tuple[Row, Sequence[AnsweredCause]]]) -> Calibration:
    """Returns the numbers of these runs and the causes that each answered."""
    return reduce(Calibration.__add__, (_of_one(row, causes) for row, causes in rows), Calibration())


def is_wrongly_certain(row: Row, causes: Sequence[AnsweredCause]) -> bool:
    """Whether the first cause is called certain and was not injected."""
    one = _of_one(row, causes)
    return one.certain > one.certain_right


def _of_one(row: Row, causes: Sequence[AnsweredCause]) -> Calibration:
    claimed = [cause for cause in causes if cause.code not in _ALWAYS - set(row.expected)]
    if not claimed or row.grade == "broken":
        return Calibration()
    first = claimed[0]
    is_right = first.code in row.expected
    if first.confidence is None:
        return Calibration(unknown=1)
    if first.confidence is Confidence.CERTAIN:
        return Calibration(certain=1, certain_right=int(is_right))
    others = {code for cause in claimed for code in (cause.code, *cause.alternative_codes)}
    is_among = not is_right and not others.isdisjoint(row.expected)
    return Calibration(likely=1, likely_right=int(is_right), among=int(is_among))
