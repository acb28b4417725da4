"""Sentences for people: spans of time, and names that a wrong one is near."""

import pytest

from diagnose.text.sentences import ending, span, suggestions, truncate


@pytest.mark.parametrize(
    ("seconds", "phrases"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d"), (259_200, "3 d")],
)
def test_a_span_is_given_in_the_largest_fitting_unit(seconds: float, phrases: str) -> None:
    assert span(seconds) == phrases


def test_a_name_that_is_near_is_offered_and_one_that_is_not_is_none() -> None:
    assert (
        suggestions("vault.role-not-fond", ["vault.role-not-found", "config.x"])
        == "; did you mean vault.role-not-found?"
    )
    assert suggestions("zzz", ["vault.role-not-found"]) == ""


@pytest.mark.parametrize(
    ("sentence", "longest", "shown"),
    [
        pytest.param("It fits.", 8, "It fits.", id="as it is"),
        pytest.param("SASL authentication failed", 20, "SASL authentication…", id="between two words"),
        pytest.param("see https://example.org/a/long/address", 20, "see https://example…", id="in a long word"),
        pytest.param("one, two", 6, "one…", id="no comma before the mark"),
        pytest.param("It says: one….", 20, "It says: one…", id="no full stop behind the mark of a part"),
    ],
)
def test_a_truncated_text_has_a_mark_and_is_no_longer_than_allowed(sentence: str, longest: int, shown: str) -> None:
    assert truncate(sentence, longest) == shown
    assert len(shown) <= longest


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("exec into pod a: it has no shell", "exec into pod a: it has no shell"),
        ("exec into pod worker-5b4c8b4f64-2txlf, container worker: it has no shell", "… it has no shell"),
        ("query Temporal at temporal.example.org: dial tcp: i/o timeout", "… dial tcp: i/o timeout"),
        ("one long clause without any other one in it that could be shown", "one long clause without any other one…"),
    ],
)
def test_a_long_reason_is_shown_with_its_end(reason: str, shown: str) -> None:
    assert ending(reason, 40) == shown
