"""Looks again and again, one after the other, in a thread of its own; only the last two looks are kept."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import click

from diagnose.cli.run import once
from diagnose.cli.settings import Settings
from diagnose.cli.watch.snapshots import Change, Snapshot, changes, snapshot_of
from diagnose.engine.diagnosis import Examination, utc_now
from diagnose.engine.runner import attempt
from diagnose.model.report import ExitCode, Report
from diagnose.target.request import Request
from diagnose.text.characters import one_line

KEPT_CHANGES = 200
Finished = Callable[[Examination, Report], None]


class NothingToWatchError(Exception):
    """The very first look could not be made, so that there is nothing to look at again."""


@dataclass
class Looking:
    """The state of a watch.

    Attributes:
        interval_s: from the beginning of one look to that of the next; a look that takes longer delays the next.
        finished: told of each report, to keep it in files.
        first, last: the first and the last look, None before there is one.
        changes: the last changes, the oldest first; how many there were in all is counted.
    """

    request: Request
    settings: Settings
    interval_s: float
    finished: Finished = lambda _examination, _report: None
    stop: threading.Event = field(default_factory=threading.Event)
    first: Snapshot | None = None
    last: Snapshot | None = None
    looks: int = 0
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=KEPT_CHANGES))
    changed: int = 0
    next_at: float = 0.0
    _found: "queue.Queue[Snapshot | Exception]" = field(default_factory=lambda: queue.Queue(maxsize=1))
    _busy: bool = False
    _known: Snapshot | None = None

    @property
    def busy(self) -> bool:
        """Whether a look is under way."""
        return self._busy

    @property
    def next_in_s(self) -> float:
        """Seconds until the next look."""
        return max(0.0, self.next_at - time.monotonic())

    def advance(self) -> tuple[Change, ...]:
        """Begin a look that is due, take one that has ended; what is other since the look before.

        Raises:
            NothingToWatchError: the first look could not be made.
        """
        if not self._busy and not self.stop.is_set() and time.monotonic() >= self.next_at:
            self._busy, self.next_at = True, time.monotonic() + self.interval_s
            # A daemon, because a look that hangs must not keep the process.
            threading.Thread(target=self._look, daemon=True).start()
        try:
            found = self._found.get_nowait()
        except queue.Empty:
            return ()
        self._busy = False
        if isinstance(found, Exception):
            if self.last is None:
                raise NothingToWatchError(str(found)) from found
            found = Snapshot(at=utc_now(), lost=one_line(str(found)))
        return self._take(found)

    def _take(self, snapshot: Snapshot) -> tuple[Change, ...]:
        told = tuple(changes(self.last, self._known, snapshot))
        if self.first is None:
            # How it stands at first is no change.
            self.first = snapshot
        else:
            self.changes.extend(told)
            self.changed += len(told)
        self.last = snapshot
        self._known = snapshot if snapshot.report else self._known
        self.looks += 1
        return told

    def _look(self) -> None:
        found = attempt(self._seen, lambda why: RuntimeError(f"diagnose itself failed: {why}"))
        if not self.stop.is_set():
            self._found.put(found)

    def _seen(self) -> Snapshot | Exception:
        at = utc_now()
        try:
            examination, report = once(self.request, self.settings, self.stop)
            if not self.stop.is_set():
                self.finished(examination, report)
            return snapshot_of(report, examination.gateway.answers, at)
        except (click.UsageError, OSError) as error:
            return error

    @property
    def healthy(self) -> bool:
        """Whether the last look found nothing."""
        return self.last is not None and self.last.report is not None and self.last.report.exit_code is ExitCode.OPEN

    @property
    def exit_code(self) -> ExitCode:
        """That of the last report; a look that could not be made is never a good end."""
        if self.last is None:
            return ExitCode.INTERRUPTED
        return self.last.report.exit_code if self.last.report else ExitCode.INCOMPLETE
