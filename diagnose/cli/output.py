"""Output of reports: stdout contains nothing else, files are always complete, progress is on stderr."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

import reports
from diagnose import __version__
from diagnose.engine.diagnosis import utc_now
from diagnose.model.report import Outcome, Report, TargetFacts
from diagnose.sources.files import is_stream, write_atomically


@dataclass(frozen=True)
class Destination:
    """A requested report: its format and its file, None for stdout."""

    format: str
    path: Path | None


@dataclass(frozen=True, kw_only=True)
class Display:
    """Display options of the user; `progress` None means: if stderr is a terminal."""

    no_color: bool = False
    ascii: bool = False
    verbose: bool = False
    progress: bool | None = None


def in_ascii_only(display: Display) -> bool:
    """Whether stdout must be ASCII: by request, or because of its encoding."""
    return display.ascii or "utf" not in (sys.stdout.encoding or "").lower()


def parse_report(text: str) -> Destination:
    """Parses `FORMAT` or `FORMAT=PATH`.

    Raises:
        click.UsageError: there is no such format.
    """
    name, _, path = text.partition("=")
    if name not in reports.RENDERERS:
        raise click.UsageError(f"there is no report format {name!r}; there are {', '.join(reports.RENDERERS)}")
    return Destination(name, Path(path) if path else None)


def start_files(destinations: tuple[Destination, ...]) -> None:
    """Creates the file of each report, as incomplete, before an error can occur.

    Argo fails a step whose declared artifact is missing. A pipe or a device gets only the complete report.

    Raises:
        click.UsageError: a file cannot be written.
    """
    facts = TargetFacts(context="", namespace="", profile="", workload_kind="", workload_name="")
    empty = Report(
        tool_version=__version__, started_at=utc_now(), duration_s=0.0, complete=False, target=facts, outcomes=()
    )
    for destination in destinations:
        if destination.path and not is_stream(destination.path):
            render = reports.RENDERERS[destination.format]
            write_file(destination.path, render(empty, reports.Options()), "the report ")


def write_reports(report: Report, destinations: tuple[Destination, ...], display: Display) -> None:
    """Renders each report to its destination.

    Raises:
        click.UsageError: a file cannot be written.
    """
    for destination in destinations:
        write_text(partial(reports.RENDERERS[destination.format], report), destination.path, display)


def write_text(render: Callable[[reports.Options], str], path: Path | None, display: Display) -> None:
    """Renders to a file, or to stdout with the display options.

    Raises:
        click.UsageError: the file cannot be written.
    """
    if path:
        write_file(path, render(reports.Options(ascii=display.ascii, verbose=True)), "the report ")
        return
    text = render(
        reports.Options(
            color=sys.stdout.isatty() and not display.no_color and not os.environ.get("NO_COLOR"),
            ascii=in_ascii_only(display),
            width=shutil.get_terminal_size((100, 24)).columns,
            verbose=display.verbose,
        )
    )
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does; the exit code still has the result.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(path: Path, text: str, called: str = "") -> None:
    """Writes a file of text, whose last line ends.

    Raises:
        click.UsageError: the file cannot be written.
    """
    try:
        write_atomically(path, (text if text.endswith("\n") else f"{text}\n").encode())
    except OSError as error:
        raise click.UsageError(f"{called}{path} cannot be written: {error.strerror or error}") from error


@dataclass
class StatusLine:
    """A status line on stderr that counts outcomes during a run, or shows what a gate waits for."""

    show: Callable[[str], None] = lambda _: None
    done: int = 0

    def __call__(self, outcome: Outcome) -> None:
        """Counts another finished check."""
        self.done += 1
        self.show(f"{self.done} checks finished, last: {outcome.check}")

    def say(self, text: str) -> None:
        """Shows a text and resets the count."""
        self.done = 0
        self.show(text)


@contextmanager
def progress(display: Display) -> Iterator[StatusLine]:
    """Yields the status line; nothing is shown where stderr is no terminal."""
    enabled = sys.stderr.isatty() if display.progress is None else display.progress
    if not enabled:
        yield StatusLine()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, no_color=display.no_color)
    with console.status("connecting …", spinner="line" if display.ascii else "dots") as status:
        yield StatusLine(lambda text: status.update(Text(text)))
