"""The loop of `diagnose watch`: one run after the other in a separate thread; only the last two are retained."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable

import click
import msgspec

from diagnose.check.api import Check
from diagnose.cli.run import once
from diagnose.cli.settings import Settings
from diagnose.cli.watch.snapshots import Numbers, Snapshot, SnapshotChange, after, changes, numbers_of, snapshot_of
from diagnose.engine.diagnosis import Examination
from diagnose.engine.runner import attempt
from diagnose.model.report import ExitCode, Report
from diagnose.target.request import Request
from diagnose.text.characters import one_line
from diagnose.text.times import utc_now

MAX_CHANGES = 200
MAX_TREND = 60
Finished = Callable[[Examination, Report], None]


class FirstRunError(Exception):
    """The first run failed, so there is nothing to watch."""


class WatchLoop(msgspec.Struct):
    """The state of a watch.

    Attributes:
        interval_s: time between the starts of two runs; a longer run delays the next one.
        finished: called with each report, to store it in files.
        first, last: snapshots of the first and the last run, None before there is one.
        changes: the last changes, the oldest first; `changed` is their total number.
        busy: whether a run is in progress.
        paused: whether no run starts by itself.
        trend: numbers of the last runs with a report, the oldest first.
    """

    request: Request
    settings: Settings
    interval_s: float
    finished: Finished = lambda _examination, _report: None
    stop: threading.Event = msgspec.field(default_factory=threading.Event)
    first: Snapshot | None = None
    last: Snapshot | None = None
    runs: int = 0
    changes: deque[SnapshotChange] = msgspec.field(default_factory=lambda: deque(maxlen=MAX_CHANGES))
    changed: int = 0
    next_at: float = 0.0
    busy: bool = False
    paused: bool = False
    trend: deque[Numbers] = msgspec.field(default_factory=lambda: deque(maxlen=MAX_TREND))
    began_at: float = msgspec.field(default_factory=time.monotonic)
    _requested: bool = False
    _found: "queue.Queue[Snapshot | Exception]" = msgspec.field(default_factory=lambda: queue.Queue(maxsize=1))
    _known: Snapshot | None = None
    _checks: tuple[Check, ...] = ()

    @property
    def next_in_s(self) -> float:
        """Seconds until the next run."""
        return max(0.0, self.next_at - time.monotonic())

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began_at

    def run_now(self) -> None:
        """Lets the next run start as soon as none is in progress, also while paused."""
        self._requested = True

    @property
    def _is_due(self) -> bool:
        if self.busy or self.stop.is_set():
            return False
        return self._requested or (not self.paused and time.monotonic() >= self.next_at)

    def advance(self) -> tuple[SnapshotChange, ...]:
        """Starts a run that is due and collects a finished one; returns the changes since the previous run.

        Raises:
            FirstRunError: the first run failed.
        """
        if self._is_due:
            self.busy, self._requested, self.next_at = True, False, time.monotonic() + self.interval_s
            # A daemon, because a hanging run must not keep the process alive.
            threading.Thread(target=self._run, daemon=True).start()
        try:
            found = self._found.get_nowait()
        except queue.Empty:
            return ()
        self.busy = False
        if isinstance(found, Exception):
            if self.last is None:
                raise FirstRunError(str(found)) from found
            found = Snapshot(at=utc_now(), error=one_line(str(found)))
        return self._take(found)

    def _take(self, found: Snapshot) -> tuple[SnapshotChange, ...]:
        snapshot = after(self._known, found, self._checks)
        changed = tuple(changes(self.last, self._known, snapshot))
        if self.first is None:
            # The initial state is no change.
            self.first = snapshot
        else:
            self.changes.extend(changed)
            self.changed += len(changed)
        self.last = snapshot
        self._known = snapshot if snapshot.report else self._known
        self.runs += 1
        if snapshot.report:
            self.trend.append(numbers_of(snapshot))
        return changed

    def _run(self) -> None:
        found = attempt(self._snapshot, lambda why: RuntimeError(f"diagnose itself failed, {why}"))
        if not self.stop.is_set():
            self._found.put(found)

    def _snapshot(self) -> Snapshot | Exception:
        at = utc_now()
        try:
            examination, report = once(self.request, self.settings, self.stop)
            self._checks = examination.catalogue.checks
            if not self.stop.is_set():
                self.finished(examination, report)
            return snapshot_of(report, examination.gateway.answers, at)
        except (click.UsageError, OSError) as error:
            return error

    @property
    def healthy(self) -> bool:
        """Whether the last run found nothing."""
        return self.last is not None and self.last.report is not None and self.last.report.exit_code is ExitCode.OPEN

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the last report; a failed run is never 0."""
        return self.last.report.exit_code if self.last and self.last.report else ExitCode.INCOMPLETE
