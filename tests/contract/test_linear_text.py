"""No text takes more than linear time: every regular expression of the product against its own worst inputs.

The patterns are found in the code and the data, and the inputs are made from their structure, so that a new pattern is
tried without a test of its own. Time is that of the processor for this thread alone, as a ratio: to the same pattern on
a shorter text, or to a known one, because a processor that others use, too, takes longer for the same.
"""

import math
import re
import signal
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.patterns import Pattern, Worst, collect, worst_inputs

PATTERNS = collect()
# The limit of a test is of the wall clock, which says nothing of a machine that does other things, too.
pytestmark = pytest.mark.timeout(1_200)
ENTRY = 16_000
"""The length of the longest text that a pattern is tried on, a log entry."""
GROWTH, SUPERLINEAR = 4, 7.6
"""A quadratic pattern takes 16 times as long for four times the text, a linear one 4 times."""
NOTICEABLE_S, LONGEST_S = 0.0005, 0.1
KNOWN, KNOWN_TEXT = Pattern("known", re.compile(r"(\w+) (?=\d)")), "word word 1 " * 1_300
ROUNDS = 3


def seconds(pattern: Pattern, text: str, tries: int = 1) -> float:
    """The shortest time of some tries; infinite where it is much too long."""
    found = []
    for _ in range(tries):
        start = time.thread_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, 2 * LONGEST_S)
        try:
            pattern.try_on(text)
        except TimeoutError:
            return math.inf
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        found.append(time.thread_time() - start)
    return min(found)


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """Stops a pattern that does not end, by the time of the processor."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    yield
    signal.signal(signal.SIGVTALRM, before)


FASTEST_S = seconds(KNOWN, KNOWN_TEXT, 20)


def longest_s() -> float:
    """The longest time of an entry, on a processor that is as slow as it is at the moment."""
    return LONGEST_S * max(1.0, seconds(KNOWN, KNOWN_TEXT) / FASTEST_S)


def is_steady(pattern: Pattern, worst: Worst, length: int) -> bool:
    """Whether the shortest times of some rounds grow as the text does."""
    shorts, longs = [], []
    for _ in range(ROUNDS):
        shorts.append(seconds(pattern, worst.text(length)))
        longs.append(seconds(pattern, worst.text(GROWTH * length)))
    return min(longs) < SUPERLINEAR * max(min(shorts), 1e-6)


def is_linear(pattern: Pattern, worst: Worst) -> bool:
    """Whether four times the text takes about four times as long, and an entry no noticeable time."""
    if (first := seconds(pattern, worst.text(1_500))) < NOTICEABLE_S:
        return True
    if first > longest_s() or all(seconds(pattern, worst.text(ENTRY)) > longest_s() for _ in range(ROUNDS)):
        return False
    # Where a repetition is limited, growth is linear beyond the limit only.
    return any(is_steady(pattern, worst, length) for length in (1_500, 6_000, 1_500, 6_000))


def not_linear(pattern: Pattern) -> list[Worst]:
    """The first worst input of a pattern that takes too long, if there is one."""
    return next(([worst] for worst in worst_inputs(pattern.compiled) if not is_linear(pattern, worst)), [])


def test_the_patterns_of_the_product_are_found() -> None:
    places = {each.place.split(":")[0].split(",")[0] for each in PATTERNS}
    assert len(PATTERNS) > 300
    assert {"signature vault.role-not-found", "diagnose.logs.entries._WINSTON"} <= places
    assert {"diagnose.queries.postgres_errors", "checks.workload.scheduled", "profile alga-psa"} <= places


@pytest.mark.parametrize("pattern", [pytest.param(each, id=each.place) for each in PATTERNS])
def test_every_pattern_takes_linear_time(pattern: Pattern) -> None:
    assert not_linear(pattern) == [], pattern.compiled.pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"head: .*?tail",
        r"\s+$",
        r"(?:a+)+b",
        r"(?:a|a)+b",
        r"\w+=",
        r"a*a*b",
        r"(?P<name>[\w./-]+)/login\s",
    ],
)
def test_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    assert not_linear(Pattern("here", re.compile(pattern, re.DOTALL)))


@settings(max_examples=20, deadline=None)
@given(st.from_regex(re.compile(r"[a-c]{1,3}\.\{0,9\}\?[a-c]{1,3}"), fullmatch=True))
def test_a_limited_repetition_is_linear(pattern: str) -> None:
    assert not not_linear(Pattern("here", re.compile(pattern)))
