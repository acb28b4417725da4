"""`diagnose watch`: runs repeatedly during an incident."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

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
from diagnose.cli.watch.keyboard import Keyboard, keys
from diagnose.cli.watch.loop import Finished, FirstRunError, WatchLoop
from diagnose.cli.watch.snapshots import SnapshotChange
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import ExitCode, Report
from diagnose.text import times
from diagnose.text.characters import one_line
from reports.text.phrases import encoded
from reports.text.terminal import PLAIN, UNICODE

NOT_WATCHED = (options.QUIET, options.PROGRESS)
"""The options about what a single run prints, which a watch has no use for."""
TICK_S = 0.2
ENDING = ("q", "Q", "\x03", "\x04")


@command(epilog="Example: diagnose watch -n msp --until-healthy")
@click.option(
    "--interval",
    type=options.Duration(0.2, options.A_DAY_S),
    default="5s",
    metavar="DURATION",
    show_default=True,
    help="Time between the starts of two runs; a longer run delays the next.",
)
@click.option("--until-healthy", is_flag=True, help="Exit with 0 as soon as the worker is healthy.")
@options.WORKLOAD
@options.having(*(each for each in options.OPTIONS if each not in NOT_WATCHED))
def watch(interval: float, until_healthy: bool, **flags: Any) -> None:
    """Run repeatedly and show verdict, causes, pods and changes; q quits.

    Without a terminal it prints a line for each change. It exits with the code of its last run. --record and --report
    FORMAT=FILE store the last run. A signal, such as Ctrl-C, ends it with 130.
    """
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
    on_screen = sys.stdout.isatty()
    try:
        with keys() as keyboard, _signals(loop, keyboard):
            if on_screen:
                _on_screen(loop, keyboard, display, until_healthy=until_healthy)
            else:
                _in_lines(loop, keyboard, display, until_healthy=until_healthy)
    except FirstRunError as error:
        first = error.__cause__
        raise (first if isinstance(first, click.ClickException) else click.UsageError(str(error))) from error
    if on_screen:
        _print_summary(loop, display)
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


def _advance(loop: WatchLoop, *, until_healthy: bool) -> tuple[SnapshotChange, ...]:
    changes = loop.advance()
    if until_healthy and loop.healthy:
        loop.stop.set()
    return changes


def _on_screen(loop: WatchLoop, keyboard: Keyboard, display: Display, *, until_healthy: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from diagnose.cli.watch.screen import screen

    console = Console(no_color=not display.colours(sys.stdout), highlight=False, markup=False, emoji=False)
    ascii_only = in_ascii_only(display)
    with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        turn = 0
        while not loop.stop.is_set():
            _advance(loop, until_healthy=until_healthy)
            width, height = console.size
            spinner = "|/-\\"[turn % 4]
            live.update(screen(loop, width=width, height=height, ascii_only=ascii_only, spinner=spinner), refresh=True)
            turn += 1
            if keyboard.pressed(TICK_S) in ENDING:
                loop.stop.set()


def _in_lines(loop: WatchLoop, keyboard: Keyboard, display: Display, *, until_healthy: bool) -> None:
    while not loop.stop.is_set():
        for each in _advance(loop, until_healthy=until_healthy):
            click.echo(_line(each, display))
        if process.stdout_closed:
            loop.stop.set()
        if not loop.stop.is_set() and keyboard.pressed(TICK_S) in ENDING:
            loop.stop.set()


def _line(change: SnapshotChange, display: Display) -> str:
    symbols = PLAIN if in_ascii_only(display) else UNICODE
    text = f"{times.to_text(change.at)} {symbols[change.mark]} {one_line(change.text)}"
    return encoded(text, in_ascii=in_ascii_only(display))


def _print_summary(loop: WatchLoop, display: Display) -> None:
    """Prints the summary that stays on the terminal after the screen is gone."""
    if loop.last is None or loop.exit_code is ExitCode.INTERRUPTED:
        click.echo("no run was completed", err=True)
        return
    last = loop.last
    state = f"{last.at:%H:%M:%S} {last.state}, {loop.runs} runs, {loop.changed} changes"
    for text in (state, *last.causes.values()):
        click.echo(encoded(one_line(text), in_ascii=in_ascii_only(display)))
