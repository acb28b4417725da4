"""`diagnose watch`: runs repeatedly during an incident."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from diagnose.cli import options
from diagnose.cli.command import command
from diagnose.cli.output import (
    Destination,
    Display,
    in_ascii_only,
    report_written,
    start_files,
    stubs_of,
    write_reports,
)
from diagnose.cli.process import process
from diagnose.cli.run import write_recording
from diagnose.cli.settings import load
from diagnose.cli.watch.clipboard import copy
from diagnose.cli.watch.keyboard import Keyboard, keys
from diagnose.cli.watch.loop import Finished, FirstRunError, WatchLoop
from diagnose.cli.watch.snapshots import SnapshotChange
from diagnose.cli.watch.view import QUIT, View
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import Report
from diagnose.text import times
from diagnose.text.characters import one_line
from diagnose.text.sentences import span
from reports import RENDERERS, Options
from reports.text.phrases import encoded, number
from reports.text.terminal import PLAIN, UNICODE

NOT_WATCHED = (options.QUIET, options.PROGRESS)
"""The options about what a single run prints, which a watch has no use for."""
TICK_S = 0.2


@command(epilog="Example: diagnose watch -n msp --until-healthy")
@click.option(
    "--interval",
    type=options.Duration(0.2, options.A_DAY_S),
    default="10s",
    metavar="DURATION",
    show_default=True,
    help="Time between the starts of two runs; a longer run delays the next.",
)
@click.option("--until-healthy", is_flag=True, help="Exit with 0 as soon as the worker is healthy.")
@click.option(
    "--wait",
    type=options.Duration(1, options.A_DAY_S),
    default=None,
    metavar="DURATION",
    help="With --until-healthy: how long at most; then exit with the code of the last run.",
)
@options.WORKLOAD
@options.having(*(each for each in options.OPTIONS if each not in NOT_WATCHED))
def watch(interval: float, until_healthy: bool, wait: float | None, **flags: Any) -> None:
    """Run repeatedly and show state, causes with their fix, pods and changes; ? shows the keys, q quits.

    Without a terminal it prints a line for each change. It exits with the code of its last run. --record and --report
    FORMAT=FILE store the last run. A signal, such as Ctrl-C, ends it with 130.
    """
    if wait and not until_healthy:
        raise click.UsageError("--wait is the limit of --until-healthy")
    files = tuple(each for each in options.destinations(flags) if each.path)
    if flags["output"] or len(files) < len(flags["reports"]):
        raise click.UsageError("watch uses the whole screen: give each report a file, as in --report json=FILE")
    display = options.display(flags)
    start_files(stubs_of(files), flags["record"], inputs=(flags["replay"],))
    # A run may take as long as it takes; the next one begins afterwards.
    process.limited = False
    loop = WatchLoop(
        options.request(flags),
        load(flags["config"]),
        interval,
        finished=_file_writer(files, display, flags["record"]),
    )
    until = Until(healthy=until_healthy, wait_s=wait)
    on_screen = sys.stdout.isatty()
    try:
        with keys() as keyboard, _signals(loop, keyboard):
            (_on_screen if on_screen else _in_lines)(loop, keyboard, display, until)
    except FirstRunError as error:
        first = error.__cause__
        raise (first if isinstance(first, click.ClickException) else click.UsageError(str(error))) from error
    if not process.interrupted:
        _print_end(loop, display, until, summary=on_screen)
    if loop.last:
        report_written((*(each.path for each in files if each.path), *filter(None, [flags["record"]])), display)
    sys.exit(int(loop.exit_code))


def _file_writer(files: tuple[Destination, ...], display: Display, record: Path | None) -> Finished:
    def write(examination: Examination, report: Report) -> None:
        write_reports(report, files, display)
        if record:
            write_recording(record, examination, report)

    return write


@contextmanager
def _signals(loop: WatchLoop, keyboard: Keyboard) -> Iterator[None]:
    """Ends cleanly on a signal and redraws when the size of the terminal changes."""

    def end() -> None:
        loop.stop.set()
        keyboard.wake()

    process.on_interrupt(end)
    process.on_end(keyboard.restore)
    before = signal.signal(signal.SIGWINCH, lambda *_: keyboard.wake())
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


class Until(msgspec.Struct, frozen=True, kw_only=True):
    """When a watch ends by itself: as soon as the worker is healthy, or at the latest after a time."""

    healthy: bool
    wait_s: float | None

    def is_over(self, loop: WatchLoop) -> bool:
        """Whether the time is over."""
        return self.wait_s is not None and loop.elapsed_s >= self.wait_s

    def ends(self, loop: WatchLoop) -> bool:
        """Whether the watch ends now."""
        return (self.healthy and loop.healthy) or self.is_over(loop)


def _advance(loop: WatchLoop, until: Until) -> tuple[SnapshotChange, ...]:
    changes = loop.advance()
    if until.ends(loop):
        loop.stop.set()
    return changes


def _on_screen(loop: WatchLoop, keyboard: Keyboard, display: Display, until: Until) -> None:
    from rich.console import Console
    from rich.live import Live

    from diagnose.cli.watch.screen import screen

    console = Console(no_color=not display.colours(sys.stdout), highlight=False, markup=False, emoji=False)
    view = View(copy=partial(copy, stream=sys.stdout))
    with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        turn = 0
        while not loop.stop.is_set():
            _advance(loop, until)
            width, height = console.size
            spinner = "|/-\\"[turn % 4]
            shown = screen(loop, view, width=width, height=height, ascii_only=in_ascii_only(display), spinner=spinner)
            live.update(shown, refresh=True)
            turn += 1
            view.press(keyboard.pressed(TICK_S), loop)


def _in_lines(loop: WatchLoop, keyboard: Keyboard, display: Display, until: Until) -> None:
    while not loop.stop.is_set():
        for each in _advance(loop, until):
            click.echo(_line(each, display))
        if process.stdout_closed or (not loop.stop.is_set() and keyboard.pressed(TICK_S) in QUIT):
            loop.stop.set()


def _line(change: SnapshotChange, display: Display) -> str:
    symbols = PLAIN if in_ascii_only(display) else UNICODE
    text = f"{times.to_text(change.at)} {symbols[change.mark]} {one_line(change.text)}"
    return encoded(text, in_ascii=in_ascii_only(display))


def _print_end(loop: WatchLoop, display: Display, until: Until, *, summary: bool) -> None:
    """Prints how it ended, on a terminal after the last report in short, which stays when the screen is gone."""
    ascii_only = in_ascii_only(display)
    if summary and loop.last and loop.last.report:
        click.echo(RENDERERS["short"](loop.last.report, Options(ascii=ascii_only)), nl=False)
    click.echo(encoded(_ending(loop, until), in_ascii=ascii_only))


def _ending(loop: WatchLoop, until: Until) -> str:
    code = f"exit {int(loop.exit_code)}"
    if until.healthy and loop.healthy:
        return f"healthy after {span(loop.elapsed_s)}"
    if loop.last is None:
        return f"quit before the first run was completed ({code})"
    if until.is_over(loop):
        return f"not healthy after {span(loop.elapsed_s)} ({code})"
    since = loop.last.recovering_since
    recovering = f"recovering since {since:%H:%M:%S}, " if since else ""
    return f"{recovering}quit after {number(loop.runs, 'run')} ({code})"
