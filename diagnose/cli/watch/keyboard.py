"""Reads single keys from a terminal and restores its mode at the end in any case."""

import os
import select
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from diagnose.text.patterns import lazy

# A whole control sequence, its beginning, or one character.
_KEY = lazy(r"(?:\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.)|(\x1b(?:\[[0-?]*[ -/]*|O)?\Z)|[\s\S]")
SEQUENCE_S = 0.05
"""How long the rest of a sequence may take; after that, its beginning was the Escape key."""
UP, DOWN, ENTER, ESCAPE = "up", "down", "enter", "escape"
_NAMES = {
    **dict.fromkeys(("\x1b[A", "\x1bOA", "k"), UP),
    **dict.fromkeys(("\x1b[B", "\x1bOB", "j"), DOWN),
    **dict.fromkeys(("\r", "\n"), ENTER),
    "\x1b": ESCAPE,
}


@contextmanager
def keys() -> Iterator["Keyboard"]:
    """Yields a keyboard without Enter and without echo; it has no keys where stdin is no terminal."""
    try:
        import termios
        import tty
    except ImportError:
        yield Keyboard(None)
        return
    if not sys.stdin.isatty():
        yield Keyboard(None)
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    keyboard = Keyboard(descriptor, lambda: termios.tcsetattr(descriptor, termios.TCSADRAIN, before))
    try:
        # Ctrl-C stays an interrupt.
        tty.setcbreak(descriptor)
        yield keyboard
    finally:
        keyboard.restore()


class Keyboard:
    """Waits for a key; `restore` ends the mode of the terminal."""

    def __init__(self, descriptor: int | None, restore: Callable[[], None] = lambda: None) -> None:
        self._descriptor = descriptor
        self.restore = restore
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waker, False)
        self._keys: deque[str] = deque()

    def wake(self) -> None:
        """Ends the waiting; may be called by a signal handler."""
        try:
            os.write(self._waker, b"!")
        except BlockingIOError:
            return

    def pressed(self, timeout_s: float) -> str:
        """Returns the next key pressed within the time: its character or name, "" for none."""
        if not self._keys:
            self._read(timeout_s)
        return self._keys.popleft() if self._keys else ""

    def _read(self, timeout_s: float) -> None:
        text = self._text(timeout_s)
        while text:
            keys = list(_KEY.finditer(text))
            if keys[-1][1] is None or not (more := self._text(SEQUENCE_S)):
                self._keys.extend(_NAMES.get(each[0], each[0]) for each in keys)
                return
            text += more

    def _text(self, timeout_s: float) -> str:
        descriptors = [self._wake] if self._descriptor is None else [self._wake, self._descriptor]
        ready, _, _ = select.select(descriptors, [], [], timeout_s)
        if self._wake in ready:
            os.read(self._wake, 1024)
        if self._descriptor is None or self._descriptor not in ready:
            return ""
        found = os.read(self._descriptor, 64)
        if not found:
            # The terminal is gone.
            self._descriptor = None
        return found.decode(errors="replace")
