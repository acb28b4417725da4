"""`diagnose watch`: looks again and again during an incident."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from diagnose.cli import options
from diagnose.cli.assembly import keep
from diagnose.cli.output import Destination, Look, in_ascii_only, start_files, write_reports
from diagnose.cli.settings import configured
from diagnose.cli.watch.keyboard import Keyboard, keys
from diagnose.cli.watch.loop import Finished, Looking, NothingToWatchError
from diagnose.cli.watch.snapshots import Change
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import ExitCode, Report
from diagnose.text.characters import one_line
from reports.text.phrases import in_ascii
from reports.text.terminal import PLAIN, UNICODE

TICK_S = 0.2
ENDING = ("q", "Q", "\x03", "\x04")


@click.command(epilog="Example: diagnose watch -n msp --until-healthy")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.2),
    default=5.0,
    show_default=True,
    help="Seconds from look to look; a look that takes longer delays the next.",
)
@click.option("--until-healthy", is_flag=True, help="End with 0 as soon as nothing is wrong.")
@options.WORKLOAD
@options.with_options
def watch(interval: float, until_healthy: bool, workload: str, **flags: Any) -> None:
    """Look again and again: verdict, causes, pods, and what changes; q ends it.

    Off a terminal it prints a line for each change. It ends with the exit code of its last look. --record and --report
    FORMAT=FILE keep the last look.
    """
    files = tuple(each for each in options.destinations(flags) if each.path)
    if flags["reports"] and len(files) < len(flags["reports"]):
        raise click.UsageError("watch has the screen for itself: give each report a file, as in --report json=FILE")
    look = options.look(flags)
    start_files(files)
    looking = Looking(
        options.request(flags, workload=workload),
        configured(flags["config"]),
        interval,
        finished=_keeper(files, look, flags["record"]),
    )
    on_screen = sys.stdout.isatty()
    try:
        with keys() as keyboard, _signals(looking, keyboard):
            if on_screen:
                _on_screen(looking, keyboard, look, until_healthy=until_healthy)
            else:
                _in_lines(looking, keyboard, look, until_healthy=until_healthy)
    except NothingToWatchError as error:
        raise click.UsageError(str(error)) from error
    if on_screen:
        _last_word(looking, look)
    sys.exit(int(looking.exit_code))


def _keeper(files: tuple[Destination, ...], look: Look, record: Path | None) -> Finished:
    def write(examination: Examination, report: Report) -> None:
        write_reports(report, files, look)
        if record:
            keep(record, examination, report)

    return write


@contextmanager
def _signals(looking: Looking, keyboard: Keyboard) -> Iterator[None]:
    """End cleanly on a signal, redraw at once when the terminal's size changes."""

    def end(*_: object) -> None:
        looking.stop.set()
        keyboard.wake()

    handlers: dict[str, Any] = {"SIGINT": end, "SIGTERM": end, "SIGHUP": end, "SIGWINCH": lambda *_: keyboard.wake()}
    known = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
    before = {each: signal.signal(each, handler) for each, handler in known.items()}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _advance(looking: Looking, *, until_healthy: bool) -> tuple[Change, ...]:
    told = looking.advance()
    if until_healthy and looking.healthy:
        looking.stop.set()
    return told


def _on_screen(looking: Looking, keyboard: Keyboard, look: Look, *, until_healthy: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from diagnose.cli.watch.screen import screen

    console = Console(no_color=look.no_color or None, highlight=False, markup=False, emoji=False)
    ascii_only = in_ascii_only(look)
    with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        turn = 0
        while not looking.stop.is_set():
            _advance(looking, until_healthy=until_healthy)
            width, height = console.size
            spinner = "|/-\\"[turn % 4]
            live.update(
                screen(looking, width=width, height=height, ascii_only=ascii_only, spinner=spinner), refresh=True
            )
            turn += 1
            if keyboard.pressed(TICK_S) in ENDING:
                looking.stop.set()


def _in_lines(looking: Looking, keyboard: Keyboard, look: Look, *, until_healthy: bool) -> None:
    while not looking.stop.is_set():
        for each in _advance(looking, until_healthy=until_healthy):
            click.echo(_line(each, look))
        if not looking.stop.is_set() and keyboard.pressed(TICK_S) in ENDING:
            looking.stop.set()


def _line(change: Change, look: Look) -> str:
    marks = PLAIN if in_ascii_only(look) else UNICODE
    words = f"{change.at:%Y-%m-%dT%H:%M:%SZ} {marks[change.mark]} {one_line(change.words)}"
    return in_ascii(words) if in_ascii_only(look) else words


def _last_word(looking: Looking, look: Look) -> None:
    """What stays on the terminal when the screen is gone."""
    if looking.last is None or looking.exit_code is ExitCode.INTERRUPTED:
        click.echo("no look was finished", err=True)
        return
    last = looking.last
    state = f"{last.at:%H:%M:%S} {last.state}, {looking.looks} looks, {looking.changed} changes"
    for words in (state, *last.causes.values()):
        click.echo(in_ascii(one_line(words)) if in_ascii_only(look) else one_line(words))
