"""Sentences for people: spans of time, and names that a wrong one is near."""

import pytest

from diagnose.sentence import near, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d"), (259_200, "3 d")],
)
def test_a_span_is_told_in_the_largest_unit_that_says_it_well(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_name_that_is_near_is_offered_and_one_that_is_not_is_none() -> None:
    assert near("vault.role-not-fond", ["vault.role-not-found", "config.x"]) == "; did you mean vault.role-not-found?"
    assert near("zzz", ["vault.role-not-found"]) == ""
