"""No shape of a secret is left in a text, and no text without a secret is changed."""

import functools
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.text import redaction
from tests.support import secret_shapes
from tests.support.secret_shapes import Case, leaked

HARMLESS = (Path(secret_shapes.__file__).parent / "harmless_texts.txt").read_text(encoding="utf-8").splitlines()
GROUPS = {
    "assignments": secret_shapes.assignments,
    "within lines and records": secret_shapes.wrapped,
    "headers, URLs, statements": secret_shapes.templates,
    "lines of the field": secret_shapes.lines,
    "tokens": secret_shapes.tokens,
    "keys of several lines": secret_shapes.blocks,
}


@functools.cache
def cases(group: str) -> tuple[Case, ...]:
    return tuple(GROUPS[group]())


@pytest.mark.parametrize("group", GROUPS)
def test_no_shape_of_a_secret_is_left_in_a_text(group: str) -> None:
    left = [case.name for case in cases(group) if leaked(redaction.text(case.text), case.secret)]
    assert left == []


def test_there_are_at_least_three_hundred_shapes_and_a_hundred_and_fifty_harmless_texts() -> None:
    assert sum(len(cases(group)) for group in GROUPS) >= 300
    assert len(HARMLESS) >= 150


@pytest.mark.parametrize("text", HARMLESS)
def test_texts_without_a_secret_stay_word_for_word(text: str) -> None:
    assert redaction.text(text) == text


def test_a_key_over_several_entries_of_a_log_is_masked_in_each_and_the_entries_stay() -> None:
    for group in secret_shapes.BLOCKS.values():
        entries = ["before", *group, "after the key"]
        masked = redaction.lines(entries)
        assert len(masked) == len(entries)
        assert (masked[0], masked[-1]) == ("before", "after the key")
        assert not any(leaked("\n".join(masked), line) for line in group if len(line) > 40 and " " not in line)


@pytest.mark.parametrize("prefix", ["2026-11-29T10:00:00Z INFO  ", "[main] ", "app | "])
@pytest.mark.parametrize("cut", [slice(None), slice(None, -1), slice(1, -1)], ids=["whole", "without end", "body"])
def test_a_key_is_masked_where_each_of_its_lines_has_a_prefix(prefix: str, cut: slice) -> None:
    group = secret_shapes.BLOCKS["RSA PRIVATE"]
    masked = redaction.lines([prefix + line for line in group[cut]])
    assert not any(leaked("\n".join(masked), line) for line in group[1:-1])


@pytest.mark.parametrize(
    "entries",
    [
        ['"password":\x1b[39m', '\x1b[32m    "%s"\x1b[39m'],
        ["password:", "\u200b  %s"],
        ["password: |\x1b[0m", "\x1b[2m  %s"],
        ["postgres://user:first\x1b[0m", "%s@db.msp:5432/app"],
        ["-----BEGIN\x1b[0m RSA PRIVATE KEY-----", "%s", "-----END RSA PRIVATE KEY-----"],
    ],
)
def test_colours_between_the_entries_of_a_log_hide_no_secret(entries: list[str]) -> None:
    secret = secret_shapes.VALUES["words"]
    masked = redaction.lines([each.replace("%s", secret) for each in entries])
    assert len(masked) == len(entries)
    assert not leaked("\n".join(masked), secret)


def test_certificates_are_public_and_stay() -> None:
    line = secret_shapes.made_up(64)
    text = f"-----BEGIN CERTIFICATE-----\n{line}\n{line}\n-----END CERTIFICATE-----"
    assert redaction.text(text) == text
    assert redaction.lines(text.split("\n")) == text.split("\n")


def test_base64_of_structured_data_without_a_secret_stays() -> None:
    # The agent injector writes its configuration like this, and it is read.
    text = "eyJhdXRvX2F1dGgiOnsibWV0aG9kIjp7ImNvbmZpZyI6eyJyb2xlIjoidGVtcG9yYWwtd29ya2VyIn19fX0="
    assert redaction.text(text) == text


PARTS = [*HARMLESS[:40], *(case.text for case in itertools.islice(secret_shapes.assignments(), 0, None, 9))]


@given(st.lists(st.sampled_from(PARTS), max_size=4), st.sampled_from(["\n", " ", ", ", '"', "\t"]))
def test_masking_a_masked_text_changes_nothing_more(parts: list[str], separator: str) -> None:
    once = redaction.text(separator.join(parts))
    assert redaction.text(once) == once
