"""`diagnose merge`: the reports of many namespaces on one page."""

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from diagnose.cli import options, saved_reports, stubs
from diagnose.cli.command import command
from diagnose.cli.options import Duration
from diagnose.cli.output import report_written, start_files, stubs_of, write_pages
from diagnose.cli.process import process
from diagnose.model.fleet import Member, gather, member_of
from diagnose.sources.files import read
from diagnose.text.patterns import lazy
from diagnose.text.times import utc_now
from reports.fleet import FORMATS

# A label of RFC 1123, as required for the name of a namespace.
MAX_NAMES = 8 << 20
_NAMESPACE = lazy(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@command(epilog="Example: diagnose merge reports/ --expect namespaces.txt --report html=fleet.html")
@click.argument("files", nargs=-1, metavar="REPORT|FOLDER...")
@click.option(
    "--expect",
    multiple=True,
    metavar="FILE|NS,NS",
    help="Namespaces that must have a report: a file with one a line, or names; repeatable.",
)
@click.option(
    "--max-age",
    type=Duration(),
    default="24h",
    metavar="DURATION",
    show_default=True,
    help="Maximum age of a report; an older one is unknown; 0 is any age.",
)
@options.having(*options.report_options(tuple(FORMATS)))
@click.option("--exit-zero", is_flag=True, help="Exit with 0, whatever the reports contain.")
@options.option(
    "-v", "--verbose", is_flag=True, group=options.OUTPUT, help="List every namespace, including healthy ones."
)
@options.having(options.QUIET, *options.PAGE)
def merge(files: tuple[str, ...], expect: tuple[str, ...], max_age: float, **flags: Any) -> None:
    """Merge many JSON reports into one, worst first; a folder stands for its *.json files.

    Exit codes: 1 a target failed, else 3 a target is unknown (its report is missing, unreadable, incomplete or old),
    else 4 a report counts warnings, else 0.
    """
    expected = tuple(name for each in expect for name in _expected(each))
    if not files and not expected:
        raise click.UsageError("name at least one report, or --expect namespaces")
    destinations, display = options.destinations(flags, FORMATS), options.display(flags)
    oldest = timedelta(seconds=max_age) if max_age else None
    start_files(stubs_of(destinations, stubs.MERGE), inputs=map(Path, files))
    fleet = gather((_member(file, oldest) for each in files for file in _files(each)), expected)
    process.verdict = 0 if flags["exit_zero"] else int(fleet.exit_code)
    pages = [(each.path, partial(FORMATS[each.format], fleet)) for each in destinations]
    report_written(write_pages(pages, display), display)
    sys.exit(process.verdict)


def _files(named: str) -> Iterator[str]:
    """Yields the reports of a folder, or the name itself, whether it exists or not."""
    if Path(named).is_dir():
        found = sorted(str(path) for path in Path(named).glob("*.json"))
        # An empty folder must not be ignored silently.
        yield from found or [str(Path(named) / "*.json")]
    else:
        yield named


def _member(file: str, oldest: timedelta | None) -> Member:
    try:
        return member_of(saved_reports.report(file), file, utc_now(), oldest)
    except click.UsageError as error:
        # One broken file among 200 must neither hide the others nor itself.
        # Its first line is enough, without the name of the file, which is shown next to it.
        return Member(source=file, problem=error.message.partition("\n")[0].removeprefix(file).lstrip(": "))


def _expected(text: str) -> Iterator[str]:
    """Yields the namespaces of a file, where `#` starts a comment, or the names themselves."""
    if Path(text).is_file():
        try:
            lines = read(Path(text), MAX_NAMES).decode().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise click.UsageError(f"--expect {text} cannot be read: {reason}") from error
        names = [name for line in lines for name in re.split(r"[,\s]+", line.partition("#")[0]) if name]
    else:
        names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if not _NAMESPACE.fullmatch(name):
            raise click.UsageError(f"--expect {text}: {name!r} is neither a file nor a namespace's name")
    if not names:
        raise click.UsageError(f"--expect {text} names no namespace")
    yield from names
