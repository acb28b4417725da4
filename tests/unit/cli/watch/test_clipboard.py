"""The clipboard of a terminal."""

from base64 import b64decode
from io import StringIO

import pytest

from diagnose.cli.watch.clipboard import copy

COMMAND = "kubectl -n msp scale deployment/pgbouncer --replicas=2"


def test_a_command_is_sent_without_the_line_break_that_would_execute_it() -> None:
    stream = StringIO()
    assert copy(f"{COMMAND}\n", stream, {"TERM": "xterm-256color"}) == "sent to the terminal's clipboard"
    assert stream.getvalue().startswith("\x1b]52;c;")
    assert b64decode(stream.getvalue().removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == COMMAND


def test_tmux_is_named_with_the_option_that_it_needs() -> None:
    assert "set-clipboard on" in copy(COMMAND, StringIO(), {"TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"})


@pytest.mark.parametrize(
    "environment",
    [{}, {"TERM": "linux"}, {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, {"TERM": "screen"}],
)
def test_where_a_terminal_has_no_clipboard_nothing_is_sent_and_it_says_so(environment: dict[str, str]) -> None:
    stream = StringIO()
    assert copy(COMMAND, stream, environment).startswith("not copied: ")
    assert stream.getvalue() == ""


def test_what_is_too_long_is_not_cut() -> None:
    stream = StringIO()
    assert "too long" in copy("x" * 80_000, stream, {"TERM": "xterm"})
    assert stream.getvalue() == ""
