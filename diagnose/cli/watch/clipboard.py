"""The clipboard of the terminal, which works through SSH, too: the control sequence OSC 52."""

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import TextIO

# xterm takes no more; most others take more.
MAX_ENCODED = 74_994
WITHOUT = frozenset({"dumb", "linux", "ansi", "vt100", "vt220"})
"""Terminals by TERM that have no clipboard."""


def copy(text: str, stream: TextIO, environment: Mapping[str, str] = os.environ) -> str:
    """Sends a text to the clipboard of the terminal; returns what was done, as no terminal confirms it."""
    if why := _unsupported(text, environment):
        return f"not copied: {why}"
    # A line break at the end would execute the command as soon as it is pasted.
    encoded = b64encode(text.strip().encode()).decode()
    stream.write(f"\x1b]52;c;{encoded}\x07")
    stream.flush()
    if environment.get("TMUX"):
        return "sent to the clipboard through tmux, which needs `set -g set-clipboard on` for it"
    return "sent to the terminal's clipboard"


def _unsupported(text: str, environment: Mapping[str, str]) -> str:
    """Returns why the terminal cannot take it, "" where it may."""
    name = environment.get("TERM", "")
    if not name or name in WITHOUT:
        return f"the terminal {name or 'without a name'} has no clipboard"
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Terminal.app takes nothing into its clipboard from programs"
    if name.startswith("screen") and not environment.get("TMUX"):
        return "screen does not pass it on"
    return "the command is too long for the clipboard" if len(text.encode()) > MAX_ENCODED * 3 // 4 else ""
