"""`diagnose diff`: the differences between two reports."""

import sys
from functools import partial
from pathlib import Path

import click

from diagnose.cli import saved_reports
from diagnose.cli.options import NEW_FILE
from diagnose.cli.output import Display, start_files, write_pages
from diagnose.cli.process import process
from diagnose.model.comparison import compare
from reports import diff as text

FORMATS = {"console": text.console, "markdown": text.markdown, "json": text.as_json}


@click.command(epilog="Example: diagnose diff before.json after.json")
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", help="Default: console.")
@click.option("-o", "--output", type=NEW_FILE, help="Output file (default: stdout).")
@click.option("--no-color", is_flag=True, help="No colours, also on a terminal; NO_COLOR does the same.")
@click.option("--ascii", "plain", is_flag=True, help="Only ASCII characters.")
def diff(before: str, after: str, format_: str, output: Path | None, no_color: bool, plain: bool) -> None:
    """Compare two JSON reports or recordings: new, fixed, unchanged and not checked findings.

    Exit codes: 0 no new failure, 1 a new failure or the worker no longer works, 3 a check has become unknown, 4 a new
    warning where the later run counts warnings.
    """
    if before == after == "-":
        raise click.UsageError("only one of the two can be stdin")
    start_files((), output)
    compared = compare(saved_reports.report_or_replay(before), saved_reports.report_or_replay(after))
    display = Display(no_color=no_color, ascii=plain)
    process.verdict = int(compared.exit_code)
    write_pages([(output, partial(FORMATS[format_], compared))], display)
    sys.exit(process.verdict)
