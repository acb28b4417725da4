"""What the user of `diagnose watch` sees and does: the selected cause, the open page, and what each key does."""

from collections.abc import Callable
from enum import Enum
from functools import partial

import msgspec

from diagnose.cli.watch import keyboard
from diagnose.cli.watch.loop import WatchLoop
from diagnose.cli.watch.snapshots import Snapshot
from diagnose.model.report import Cause
from reports.text.fix import first_step
from reports.text.phrases import plain

QUIT = frozenset({"q", "Q", "\x03", "\x04"})
HELP = (
    ("up, k / down, j", "select a cause; scroll its fix"),
    ("Enter", "show the whole fix of the selected cause, or close it"),
    ("c", "copy the command of the fix"),
    ("r", "run now"),
    ("p", "pause, and continue"),
    ("?", "this help"),
    ("q, Ctrl-C", "quit; q exits with the code of the last run, Ctrl-C with 130"),
)


class Shown(Enum):
    """The page that is shown."""

    OVERVIEW = 0
    FIX = 1
    HELP = 2


class View(msgspec.Struct):
    """The state of the screen.

    Attributes:
        copy: copies a text and returns what was done.
        selected: key of the cause that the user selected; it may be gone.
        scrolled: number of lines of a fix above the screen.
        notice: what the last key did.
    """

    copy: Callable[[str], str]
    selected: str = ""
    shown: Shown = Shown.OVERVIEW
    scrolled: int = 0
    notice: str = ""

    def selection(self, snapshot: Snapshot | None) -> tuple[str, Cause] | None:
        """Returns the selected cause with its key, by default the first one; None without causes."""
        causes = snapshot.known if snapshot else {}
        key = self.selected if self.selected in causes else next(iter(causes), "")
        return (key, causes[key]) if key else None

    def press(self, key: str, loop: WatchLoop) -> None:
        """Does what a key is for; others do nothing."""
        actions: dict[str, Callable[[WatchLoop], None]] = {
            **dict.fromkeys(QUIT, _quit),
            keyboard.UP: partial(self._move, -1),
            keyboard.DOWN: partial(self._move, 1),
            keyboard.ENTER: partial(self._open, Shown.FIX),
            keyboard.ESCAPE: partial(self._open, Shown.OVERVIEW),
            "?": partial(self._open, Shown.HELP),
            "c": self._copy,
            "r": self._run,
            "p": self._pause,
        }
        if key:
            self.notice = ""
            if action := actions.get(key):
                action(loop)

    def _move(self, by: int, loop: WatchLoop) -> None:
        selection = self.selection(loop.last)
        if self.shown is Shown.FIX:
            self.scrolled = max(self.scrolled + by, 0)
        elif loop.last and selection:
            keys = list(loop.last.known)
            self.selected = keys[min(max(keys.index(selection[0]) + by, 0), len(keys) - 1)]

    def _open(self, shown: Shown, loop: WatchLoop) -> None:
        self.scrolled = 0
        if shown is Shown.FIX and not self.selection(loop.last):
            self.notice = "there is no cause"
            shown = Shown.OVERVIEW
        self.shown = Shown.OVERVIEW if self.shown is shown else shown

    def _copy(self, loop: WatchLoop) -> None:
        selection = self.selection(loop.last)
        step = first_step(selection[1]) if selection else None
        self.notice = self.copy(plain(step.command)) if step else "there is no command to copy"

    def _run(self, loop: WatchLoop) -> None:
        loop.run_now()
        self.notice = "another run follows this one" if loop.busy else "running now"

    def _pause(self, loop: WatchLoop) -> None:
        loop.paused = not loop.paused


def _quit(loop: WatchLoop) -> None:
    loop.stop.set()
