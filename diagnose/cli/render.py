"""`diagnose render`: a stored report in another format."""

import sys
from pathlib import Path
from typing import Any

import click

from diagnose.cli import options, saved_reports
from diagnose.cli.command import command
from diagnose.cli.output import report_written, start_files, write_reports


@command(epilog="Example: diagnose render gate.json -o markdown > incident.md")
@click.argument("file", metavar="REPORT|-")
@options.having(*options.report_options())
@options.option("--exit-code", is_flag=True, help="Exit with the exit code of the report (default: 0).")
@options.having(options.VERBOSE, options.TIMELINE, options.QUIET, *options.PAGE)
def render(file: str, exit_code: bool, **flags: Any) -> None:
    """Show a JSON report in another format, without a cluster; - reads it from stdin."""
    destinations, display = options.destinations(flags), options.display(flags)
    start_files((), *(each.path for each in destinations), inputs=() if file == "-" else (Path(file),))
    report = saved_reports.report(file)
    report_written(write_reports(report, destinations, display), display)
    sys.exit(int(report.exit_code) if exit_code else 0)
