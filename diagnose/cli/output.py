"""Output of reports: stdout contains nothing else, files are always complete, progress is on stderr."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

import click
import msgspec

import reports
from diagnose.cli import stubs
from diagnose.cli.process import process
from diagnose.cli.stubs import Stub
from diagnose.model.report import Outcome, Report
from diagnose.sources.files import identity, is_stream, require_writable, write_atomically
from diagnose.text.sentences import suggestions

UNUSABLE = frozenset(
    {
        errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG,
        errno.ELOOP, errno.EBADF, errno.EINVAL,
    }
)  # fmt: skip
"""Errors of a path, which do not pass by themselves."""
Render = Callable[[reports.Options], str]


class Destination(msgspec.Struct, frozen=True):
    """A requested report: its format and its file, None for stdout."""

    format: str
    path: Path | None


class Display(msgspec.Struct, frozen=True, kw_only=True):
    """Display options of the user; `progress` None means: if stderr is a terminal."""

    no_color: bool = False
    ascii: bool = False
    verbose: bool = False
    timeline: bool = False
    quiet: bool = False
    progress: bool | None = None

    def colours(self, stream: TextIO) -> bool:
        """Whether a stream gets colours: on a terminal or by FORCE_COLOR, unless the user or NO_COLOR excludes them."""
        if self.no_color or os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def in_ascii_only(display: Display) -> bool:
    """Whether stdout must be ASCII: by request, or because of its encoding."""
    return display.ascii or "utf" not in (sys.stdout.encoding or "").lower()


def stubs_of(destinations: Iterable[Destination], command: str = stubs.RUN) -> tuple[Stub, ...]:
    """Returns the files of reports with what they contain at first."""
    return tuple((each.path, command, each.format) for each in destinations if each.path)


def parse_destination(text: str, known: Iterable[str]) -> Destination:
    """Parses `FORMAT` or `FORMAT=PATH`.

    Args:
        text: as it was given.
        known: the formats that there are.

    Raises:
        click.UsageError: there is no such format.
    """
    name, _, path = text.partition("=")
    names = tuple(known)
    if name not in names:
        hint = suggestions(name, names) or f"; there are {', '.join(names)}"
        raise click.UsageError(f"there is no report format {name!r}{hint}")
    return Destination(name, Path(path) if path else None)


def start_files(starts: Iterable[Stub], *further: Path | None, inputs: Iterable[Path | None] = ()) -> None:
    """Creates the file of each report, as incomplete, before an error can occur.

    A pipe or a device gets only the complete report.

    Args:
        starts: the files of the reports, with what they contain at first.
        further: other files that are written later, such as the recording.
        inputs: files that are read after this.

    Raises:
        click.UsageError: a file cannot be written, or two of them are the same one.
    """
    files = tuple(starts)
    streams = {stub[0]: is_stream(stub[0]) for stub in files}
    others = [path for path in further if path]
    _refuse_same_files([*(stub[0] for stub in files), *others], inputs)
    problems = dict(stubs.write(stub for stub in files if not streams[stub[0]]))
    for path in (*others, *(path for path, stream in streams.items() if stream)):
        try:
            require_writable(path)
        except OSError as error:
            problems[path] = error
    # A full disk or too many open files may pass until the report is there.
    if unusable := [_unwritable(path, error) for path, error in problems.items() if error.errno in UNUSABLE]:
        raise click.UsageError("; ".join(unusable))


def _refuse_same_files(outputs: list[Path], inputs: Iterable[Path | None]) -> None:
    known = {identity(each) for each in inputs if each}
    for each in outputs:
        if (name := identity(each)) in known:
            raise click.UsageError(f"{each} is given twice; each report, recording and input needs a file of its own")
        known.add(name)


def write_reports(report: Report, destinations: tuple[Destination, ...], display: Display) -> tuple[Path, ...]:
    """Renders each report to its destination; returns the files that are written."""
    pages = [(each.path, partial(reports.RENDERERS[each.format], report)) for each in destinations]
    return write_pages(pages, display)


def write_pages(pages: Iterable[tuple[Path | None, Render]], display: Display) -> tuple[Path, ...]:
    """Renders pages to files and to stdout; one that cannot be written costs no other one.

    Files come first, because the reader of stdout or of a pipe may take time.

    Returns:
        the files that are written.
    """
    written = []
    for path, render in sorted(pages, key=lambda page: page[0] is None or is_stream(page[0])):
        called = f"the report {path}" if path else "the report"
        try:
            text = render(_options(path, display))
        except Exception as error:  # noqa: BLE001 - the other reports are still to be written
            from diagnose.text.faults import described

            warn(f"{called} cannot be rendered: {described(error)}")
            continue
        if path:
            written += [path] if write_file(path, text, "the report ") else []
        else:
            # All files are written; a person may read stdout in a pager for longer than the run may take.
            if sys.stdin.isatty() or sys.stderr.isatty():
                process.unlimit()
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
            sys.stdout.flush()
    return tuple(written)


def report_written(paths: Iterable[Path], display: Display) -> None:
    """Names the files that were written on stderr, unless the user wants nothing there."""
    names = [str(each) for each in paths if not is_stream(each)]
    if names and not display.quiet and not process.interrupted:
        click.echo(f"written: {', '.join(names)}", err=True)


def _options(path: Path | None, display: Display) -> reports.Options:
    if path:
        return reports.Options(ascii=display.ascii, verbose=True, timeline=True)
    return reports.Options(
        color=display.colours(sys.stdout),
        ascii=in_ascii_only(display),
        width=shutil.get_terminal_size((100, 24)).columns,
        verbose=display.verbose,
        timeline=display.timeline,
        quiet=display.quiet,
    )


def write_file(path: Path, text: str, called: str = "") -> bool:
    """Writes a file of text, whose last line ends; returns whether it is written, and else says on stderr why not."""
    try:
        write_atomically(path, (text if text.endswith("\n") else f"{text}\n").encode())
        stubs.done(path)
    except BrokenPipeError:
        # A reader that closes its pipe has read enough.
        return True
    except OSError as error:
        warn(_unwritable(path, error, called))
        return False
    return True


def warn(text: str) -> None:
    """Writes what was not written to stderr; without a verdict the process then ends as incomplete."""
    process.failed_output = True
    # At the end of the process nothing more is written, and one line has the reason.
    if not process.ending:
        click.echo(f"diagnose: {text}", err=True)


def _unwritable(path: Path, error: OSError, called: str = "the report ") -> str:
    return f"{called}{path} cannot be written: {error.strerror or error}"


class StatusLine(msgspec.Struct):
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
    if not enabled or display.quiet:
        yield StatusLine()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, no_color=not display.colours(sys.stderr))
    with console.status("connecting …", spinner="line" if display.ascii else "dots") as status:
        yield StatusLine(lambda text: status.update(Text(text)))
