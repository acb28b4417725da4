"""The process: its standard streams, its signals, its time limit and its end.

A thread waits for signals and for the time limit from the first moment, so that they end the process whatever the main
thread does then: it imports modules, or waits for a server, a file, a pipe or a person. Only modules of C, and those
that Python has loaded anyway, are imported here: a signal before this ends the process as it ends any program.
"""

import _signal as signal  # type: ignore[import-not-found]
import _thread
import io
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from _typeshed import ReadableBuffer

INTERRUPTED, INCOMPLETE = 130, 3
GRACE_S, CLEANUP_S = 1.2, 0.3
"""How long an interrupted run may take to write its reports, and what is to be done then; together without a run."""
SPARE_S = 1.4
"""How long the reports may take after the end of the run."""
_WAKE = b"\0"


class _Output(io.FileIO):
    """A standard stream whose errors do not interrupt the program: the first one is kept, the rest is discarded."""

    error: OSError | None = None

    def write(self, data: "ReadableBuffer") -> int:
        """Writes, and waits where another process has made the stream non-blocking."""
        while self.error is None:
            try:
                written = super().write(data)
            except OSError as error:
                self.error = error
                break
            if written is not None:
                return written
            _ready(self.fileno(), select.POLLOUT, None)
        return memoryview(data).nbytes


class Process:
    """The end of this process, which is decided once.

    Attributes:
        interrupted: whether a signal ends it.
        verdict: the exit code of the result, as soon as there is one.
        limited: whether the time limit of a run is one of the process, too.
        failed_output: whether something could not be written.
        ending: whether a signal or the time limit ends the process at this moment.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self.limited = True
        self.verdict: int | None = None
        self.failed_output = False
        self._began = time.monotonic()
        self._ends_at: float | None = None
        self._stop: Callable[[], None] | None = None
        self._finish: Callable[[], None] = lambda: None
        self._abandon: Callable[[], None] = lambda: None
        self._cleanups: list[Callable[[], None]] = []
        self.ending = self._watching = self._done = False
        self._reader, self._writer = -1, -1
        self._outputs: tuple[_Output, ...] = ()

    def begin(self, finish: "Callable[[], None]", abandon: "Callable[[], None]") -> None:
        """Takes over signals and standard streams.

        Args:
            finish: writes what a process that ends early has not written, as far as there is time.
            abandon: removes what is written in part; must not take time.

        Raises:
            RuntimeError: no thread can be started.
        """
        self._finish, self._abandon = finish, abandon
        _open_descriptors()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for each in _signals():
            signal.signal(each, self._handle)
        self._outputs = _replaced_outputs()
        _thread.start_new_thread(self._watch, ())
        self._watching = True

    def on_interrupt(self, stop: "Callable[[], None]") -> None:
        """Registers what a signal calls; then the main thread has time to write its reports."""
        self._stop = stop
        if self.interrupted:
            stop()

    def on_end(self, cleanup: "Callable[[], None]") -> None:
        """Registers what is called once before the process ends, however it ends."""
        if cleanup not in self._cleanups:
            self._cleanups.append(cleanup)

    def limit(self, timeout_s: float) -> float:
        """Limits the process to a run that begins now; returns the end of the run on the monotonic clock."""
        now = time.monotonic()
        if self.limited:
            # The first run begins with the process.
            started = now if self._ends_at is not None else self._began
            self._set_end(max(started + timeout_s + SPARE_S, now + timeout_s + SPARE_S / 2))
        return now + timeout_s

    def unlimit(self) -> None:
        """Removes the time limit until the next run."""
        if self._ends_at is not None:
            self._set_end(float("inf"))

    @property
    def stdout_closed(self) -> bool:
        """Whether nothing can be written to stdout any more."""
        return bool(self._outputs) and self._outputs[0].error is not None

    def leave(self, code: int) -> None:
        """Ends the process without waiting for threads: a hanging run, the runtime of a client.

        The regular shutdown of the interpreter is aborted when such a thread calls into it meanwhile.
        """
        _flush(sys.stdout)
        error = self._outputs[0].error if self._outputs else None
        # A reader that closes its pipe has read enough.
        if error and not isinstance(error, BrokenPipeError):
            _say(f"diagnose: stdout cannot be written: {error.strerror}")
            self.failed_output = True
        if self.failed_output and code == 0 and self.verdict is None:
            code = INCOMPLETE
        _flush(sys.stderr)
        self._clean_up()
        self._done = True
        if self.interrupted or self.ending:
            self._wake()
            time.sleep(GRACE_S + CLEANUP_S * 2)
            code = INTERRUPTED if self.interrupted else code
        os._exit(code)

    def _set_end(self, at: float) -> None:
        self._ends_at = at
        self._wake()

    def _wake(self) -> None:
        if self._writer >= 0:
            try:
                os.write(self._writer, _WAKE)
            except BlockingIOError:
                # It is full, so that the thread wakes up anyway.
                return

    def _handle(self, *_: object) -> None:
        """Handles a signal in the main thread, where no other one does."""
        if not self._watching:
            os._exit(INTERRUPTED)

    def _watch(self) -> None:
        try:
            self._end_process()
        finally:
            # Not even the memory for this was there.
            self._watching = False

    def _end_process(self) -> None:
        """Waits for a signal or the time limit, and ends the process."""
        while not self.interrupted:
            remaining = None if self._ends_at in {None, float("inf")} else self._ends_at - time.monotonic()
            if remaining is not None and remaining <= 0:
                self._end(INCOMPLETE if self.verdict is None else self.verdict, "the time limit")
            self.interrupted = self._signalled(remaining)
        if self._stop:
            self._stop()
            until, again = time.monotonic() + GRACE_S, False
            while not self._done and not again and (remaining := until - time.monotonic()) > 0:
                again = self._signalled(remaining)
        self._end(INTERRUPTED, "a signal", CLEANUP_S if self._stop else GRACE_S + CLEANUP_S)

    def _signalled(self, timeout_s: float | None) -> bool:
        """Waits at most that time; returns whether one of the signals arrived."""
        return _ready(self._reader, select.POLLIN, timeout_s) and bool(set(os.read(self._reader, 64)) & set(_signals()))

    def _end(self, code: int, cause: str, limit_s: float = CLEANUP_S) -> None:
        self.ending = True
        finished = _thread.allocate_lock()
        finished.acquire()

        def finish() -> None:
            self._clean_up(self._finish)
            finished.release()

        try:
            _thread.start_new_thread(finish, ())
            finished.acquire(timeout=limit_s)
        except RuntimeError:
            finish()
        self._abandon()
        _say(f"diagnose: ended by {cause}")
        os._exit(code)

    def _clean_up(self, *further: "Callable[[], None]") -> None:
        for each in (*self._cleanups, *further):
            try:
                each()
            except BaseException:  # noqa: BLE001 - whatever fails here must not keep the process from ending
                continue


def _ready(descriptor: int, event: int, timeout_s: float | None) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, event)
    return bool(waiting.poll(None if timeout_s is None else timeout_s * 1000))


def _signals() -> tuple[int, ...]:
    """The signals that interrupt a run; `nohup` ignores the end of the terminal."""
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *(() if ignored else (signal.SIGHUP,)))


def _open_descriptors() -> None:
    """Opens closed standard streams on /dev/null; otherwise the next file that is opened would become stdout."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Reading gets nothing, writing an error.
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def _replaced_outputs() -> tuple[_Output, ...]:
    """Replaces stdout and stderr by streams that raise no errors."""
    outputs = tuple(_Output(number, "w", closefd=False) for number in (1, 2))
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            io.BufferedWriter(output),
            encoding=stream.encoding if stream else "utf-8",
            errors="backslashreplace" if number == 2 else "replace",
            line_buffering=number == 2 or output.isatty(),
        )
        for number, output, stream in zip((1, 2), outputs, (sys.stdout, sys.stderr), strict=True)
    )
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
    return outputs


def _say(text: str) -> None:
    # A full pipe without a reader must not keep the process from ending.
    if _ready(2, select.POLLOUT, 0):
        try:
            os.write(2, f"{text}\n".encode())
        except OSError:
            return


def _flush(stream: "TextIO") -> None:
    try:
        stream.flush()
    except (OSError, ValueError):
        return


process = Process()
