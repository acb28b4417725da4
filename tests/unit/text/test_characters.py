"""What is removed from text before anybody reads it, in a time that grows with the text alone."""

import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diagnose.text.characters import one_line, visible

LONG = 400_000


def is_hidden(char: str) -> bool:
    return char not in "\n\t\r" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31merror\x1b[39m", "error"),
        ("\x1b[38;5;196merror\x1b[0m", "error"),
        ("\x1b[2J\x1b[1;1H\x1b[?25lx", "x"),
        ("\x9b31merror\x9b0m", "31merror0m"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://a.test\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9d0;title\x9ctext", "0;titletext"),
        ("\x1b]0;title\x9ctext", "text"),
        ("\x1bP1$r0m\x1b\\text", "text"),
        ("\x1b(B\x1b[mtext\x1b7\x1b8\x1b=", "text"),
        ("a\x1bb\x1b", "ab"),
        ("\x1b\x1b[31m[31m", "[31m"),
        ("\x1b]0;title\nERROR: no role", "0;title\nERROR: no role"),
        ("\x1b]0;title\nERROR: no role\x07", "0;title\nERROR: no role"),
        ("\x1b[31", "[31"),
        ("a\x00\x08\x7f\x85\x9fb", "ab"),
        ("50 %\r100 %\r\ndone\r", "50 %\n100 %\ndone"),
        ("a\r\r\nb", "a\nb"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\u202edcb\u202c\u2066e\u2069", "adcbe"),
        ("pass\u200bword\ufeff\u2060\u00ad", "password"),
        ("a\u2028b\u2029c\x0bd\x0ce", "abcde"),
        ("a\U000e0041b", "ab"),
        ("a\ud800b", "ab"),
        ("grüße ✓ 你好", "grüße ✓ 你好"),
        ("❌ नमस्ते สวัสดี שָׁלוֹם ế", "❌ नमस्ते สวัสดี שָׁלוֹם ế"),
        ("a\u034f\u115f\u1160\u3164\uffa0\u2800\u180b\ufe0f\U000e0100b", "ab"),
        ("a\u061c\u180e\u2061\ufff9\ufffb\U000e0001\U000e007f\U000110bd\U0001d173b", "ab"),
        ("a\ufdd0\ufffe\uffff\U0010ffff\ue000b", "ab"),
        ("a" + "\u0301" * 500 + "b" + "\u20dd" * 9, "a" + "\u0301" * 4 + "b" + "\u20dd" * 4),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert visible(text) == left


@given(st.text(st.sampled_from("\x1b[]\\P;0m\x07\x9b\x9c\x9d\r\n\t a\u202e\u200b")))
def test_nothing_is_left_that_acts(text: str) -> None:
    found = visible(text)
    assert not set(found) & set("\x1b\x07\x9b\x9c\x9d\r\u202e\u200b")
    assert visible(found) == found
    assert "\n" not in one_line(text)
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(max_size=3), st.sampled_from([chr(code) for code in range(0x110000) if is_hidden(chr(code))]))
def test_nothing_is_left_that_unicode_calls_invisible(text: str, hidden: str) -> None:
    # A carriage return before something else ends a line, and an escape may begin a sequence with it.
    assume(not {"\r", "\x1b"} & set(text))
    assert visible(f"{text}{hidden}") == visible(text)


@given(st.text())
def test_what_is_left_can_be_written(text: str) -> None:
    visible(text).encode()


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b" * LONG, "\x1b[" * LONG, "\x1b]" * LONG, "\x9d" * LONG, "\x9b" * LONG, "\x1bP" * LONG, "\x90a" * LONG,
        "\x1b[" + "0" * LONG, "\x1b[" + " " * LONG + "\x00", "\x1b]" + "a" * LONG, "\x1b" + " " * LONG,
        "\x1b] " * LONG, "\r" * LONG, "\r\n" * LONG, "\r\x1b[" * LONG, "\u202e" * LONG,
        "\u0301" * LONG, "a\u0301" * LONG, "".join(map(chr, range(0xE0000, 0xE0400))) * 400,
    ],
    ids=lambda text: repr(text[:4]),
)  # fmt: skip
def test_hostile_text_takes_no_longer_than_other(hostile: str) -> None:
    began = time.process_time()
    visible(hostile)
    assert time.process_time() - began < 2


def test_one_line_has_no_second_one() -> None:
    assert one_line("  a\r\nb\t\x1b[1m c\u2028d\n") == "a b cd"
