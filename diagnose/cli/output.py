"""Where reports go: stdout has nothing else, files are whole from the start, progress is on stderr."""

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
    """One wanted report: its format and its file, None for stdout."""

    format: str
    path: Path | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a person wants to see things; `progress` None means: where stderr is a terminal."""

    no_color: bool = False
    ascii: bool = False
    verbose: bool = False
    progress: bool | None = None


def in_ascii_only(look: Look) -> bool:
    """Whether what goes to stdout has to be ASCII: by wish, or because its reader takes nothing else."""
    return look.ascii or "utf" not in (sys.stdout.encoding or "").lower()


def parse_report(text: str) -> Destination:
    """`FORMAT` or `FORMAT=PATH`.

    Raises:
        click.UsageError: there is no such format.
    """
    name, _, path = text.partition("=")
    if name not in reports.RENDERERS:
        raise click.UsageError(f"there is no report format {name!r}; there are {', '.join(reports.RENDERERS)}")
    return Destination(name, Path(path) if path else None)


def start_files(destinations: tuple[Destination, ...]) -> None:
    """Make each report's file, as incomplete, before anything can go wrong.

    Argo fails a step whose declared artifact is missing. A pipe or a device gets only the report that is whole.

    Raises:
        click.UsageError: a file cannot be written.
    """
    facts = TargetFacts(context="", namespace="", profile="", workload_kind="", workload_name="")
    empty = Report(
        tool_version=__version__, started_at=utc_now(), duration_s=0.0, complete=False, target=facts, outcomes=()
    )
    for destination in destinations:
        if destination.path and not is_stream(destination.path):
            _write(destination.path, reports.RENDERERS[destination.format](empty, reports.Options()))


def write_reports(report: Report, destinations: tuple[Destination, ...], look: Look) -> None:
    """Render each report to where it was asked for.

    Raises:
        click.UsageError: a file cannot be written.
    """
    for destination in destinations:
        write_text(partial(reports.RENDERERS[destination.format], report), destination.path, look)


def write_text(render: Callable[[reports.Options], str], path: Path | None, look: Look) -> None:
    """Render something to a file, or to stdout as its reader wants to see it.

    Raises:
        click.UsageError: the file cannot be written.
    """
    if path:
        _write(path, render(reports.Options(ascii=look.ascii, verbose=True)))
        return
    text = render(
        reports.Options(
            color=sys.stdout.isatty() and not look.no_color and not os.environ.get("NO_COLOR"),
            ascii=in_ascii_only(look),
            width=shutil.get_terminal_size((100, 24)).columns,
            verbose=look.verbose,
        )
    )
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away, as `head` does; the exit code still says how it went.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, (text if text.endswith("\n") else f"{text}\n").encode())
    except OSError as error:
        raise click.UsageError(f"the report {path} cannot be written: {error.strerror or error}") from error


@dataclass
class Progress:
    """A line on stderr that counts outcomes while a run goes on, or says what is waited for."""

    show: Callable[[str], None] = lambda _: None
    done: int = 0

    def __call__(self, outcome: Outcome) -> None:
        """One check more was answered."""
        self.done += 1
        self.show(f"{self.done} checks answered, last: {outcome.check}")

    def say(self, text: str) -> None:
        """Show a text; the next run counts from the start."""
        self.done = 0
        self.show(text)


@contextmanager
def progress(look: Look) -> Iterator[Progress]:
    """The line on stderr; nothing where stderr is no terminal."""
    wanted = sys.stderr.isatty() if look.progress is None else look.progress
    if not wanted:
        yield Progress()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, no_color=look.no_color)
    with console.status("connecting …", spinner="line" if look.ascii else "dots") as status:
        yield Progress(lambda text: status.update(Text(text)))
