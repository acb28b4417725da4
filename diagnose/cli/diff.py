"""`diagnose diff`: the differences between two reports."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from diagnose.cli import options, saved_reports
from diagnose.cli.command import command
from diagnose.cli.output import report_written, start_files, write_pages
from diagnose.cli.process import process
from diagnose.model.comparison import compare
from reports import diff as text

FORMATS = {"console": text.console, "markdown": text.markdown, "json": text.as_json}


@command(epilog="Example: diagnose diff before.json after.json")
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@options.having(*options.report_options(tuple(FORMATS)), *options.PAGE)
def diff(before: str, after: str, **flags: Any) -> None:
    """Compare two JSON reports or recordings: new, fixed, unchanged and not checked findings.

    Exit codes: 0 no new failure, 1 a new failure or the worker no longer works, 3 a check has become unknown, 4 a new
    warning where the later run counts warnings.
    """
    if before == after == "-":
        raise click.UsageError("only one of the two can be stdin")
    destinations, display = options.destinations(flags, FORMATS), options.display(flags)
    start_files(
        (), *(each.path for each in destinations), inputs=(Path(each) for each in (before, after) if each != "-")
    )
    compared = compare(saved_reports.report_or_replay(before), saved_reports.report_or_replay(after))
    process.verdict = int(compared.exit_code)
    pages = [(each.path, partial(FORMATS[each.format], compared)) for each in destinations]
    report_written(write_pages(pages, display), display)
    sys.exit(process.verdict)
