"""Whether one value of a dimension separates what fails from what works, by more than chance."""

from collections.abc import Collection
from math import comb

WHO = "who fails"
"""The source of the evidence that has the counts."""
LEAST_CHANCE = 10
"""Of so many equally likely ways in which as many could fail, one by chance would look like this."""


def separating(failing: Collection[str], working: Collection[str]) -> str:
    """Returns the value that all failing ones have and no working one; "" where there is none, or one is unknown."""
    values = set(failing)
    value = next(iter(values), "")
    return value if len(values) == 1 and working and value not in working else ""


def is_beyond_chance(failing: int, working: int) -> bool:
    """Whether counts are more than chance: one that fails among a few others proves nothing."""
    return bool(working) and comb(failing + working, failing) >= LEAST_CHANCE
