"""No text takes more than linear time: twice the text takes no more than about twice as long.

Counted in processor time over the shortest of several runs, with a limit that a loaded machine keeps.
"""

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diagnose.text.redaction import find

# What begins a search of the product, and what keeps one going: repeated, these are the worst texts.
TEXTS = (Path(__file__).parents[3] / "support" / "worst_texts.txt").read_text(encoding="utf-8").splitlines()
PIECES = tuple(each.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\") for each in TEXTS)
SIZE, LARGE = 4_000, 32_000
S_PER_CHARACTER = 5e-6


def seconds(text: str) -> float:
    """Returns the processor time of one search."""
    started = time.process_time()
    find(text)
    return time.process_time() - started


def assert_linear(piece: str, before: str = "", after: str = "") -> None:
    def of_size(size: int) -> str:
        return before + piece * (size // len(piece)) + after

    small = min(seconds(of_size(SIZE)) for _ in range(3))
    # Eight times the text: eight times as long where it is linear, sixty-four times where it is quadratic. A value
    # without its end is passed over at once up to a limit, so what follows it must be allowed its own time.
    limit = max(small * LARGE / SIZE * 3, LARGE * S_PER_CHARACTER)
    assert any(seconds(of_size(LARGE)) <= limit for _ in range(3)), f"{piece!r}: more than linear"


@pytest.mark.parametrize("piece", PIECES)
def test_repeated_pieces_take_linear_time(piece: str) -> None:
    assert_linear(piece)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.sampled_from(PIECES))
@example(["password=", "f("], "password=")
def test_generated_worst_texts_take_linear_time(pieces: list[str], before: str) -> None:
    assert_linear("".join(pieces), before=before, after="@h")
