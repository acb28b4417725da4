"""`diagnose render`: a stored report in another format."""

import sys
from pathlib import Path

import click

from diagnose.cli import saved_reports
from diagnose.cli.options import NEW_FILE
from diagnose.cli.output import Destination, Display, start_files, write_reports
from reports import RENDERERS


@click.command(epilog="Example: diagnose render markdown gate.json -o incident.md")
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(RENDERERS)))
@click.argument("file", metavar="REPORT|-")
@click.option("-o", "--output", type=NEW_FILE, help="Output file (default: stdout).")
@click.option("--exit-code", is_flag=True, help="Exit with the exit code of the report (default: 0).")
@click.option("-v", "--verbose", is_flag=True, help="List every check.")
@click.option("--no-color", is_flag=True, help="No colours, also on a terminal; NO_COLOR does the same.")
@click.option("--ascii", "plain", is_flag=True, help="Only ASCII characters.")
def render(
    format_: str, file: str, output: Path | None, exit_code: bool, verbose: bool, no_color: bool, plain: bool
) -> None:
    """Show a JSON report in another format, without a cluster; - reads it from stdin."""
    start_files((), output)
    report = saved_reports.report(file)
    display = Display(no_color=no_color, ascii=plain, verbose=verbose)
    write_reports(report, (Destination(format_, output),), display)
    sys.exit(int(report.exit_code) if exit_code else 0)
