"""Stored reports: read from a file or stdin, or created from a recording."""

import threading
from pathlib import Path

import click

from diagnose.model.report import Report
from diagnose.sources import files
from reports.formats import json as reports_json

GZIP = b"\x1f\x8b"
MAX_REPORT = 8 << 20
"""The largest report that is read; that of 5,000 failing pods has 2 MB."""


def report(file: str) -> Report:
    """Returns the report in a file, "-" is stdin.

    Raises:
        click.UsageError: there is no such file, or it contains no report.
    """
    content = _content(file)
    if content.startswith(GZIP):
        raise click.UsageError(
            f"{file} is a recording, not a report; try: diagnose all --replay {file} --report json=report.json"
        )
    return _parsed(content, file)


def report_or_replay(file: str) -> Report:
    """Returns the report in a file; a recording is replayed.

    Raises:
        click.UsageError: there is no such file, or it is neither.
    """
    content = _content(file)
    return _replayed(Path(file)) if content.startswith(GZIP) and file != "-" else _parsed(content, file)


def _content(file: str) -> bytes:
    try:
        return files.read_or_stdin(file, MAX_REPORT)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror or error}") from error


def _parsed(content: bytes, file: str) -> Report:
    try:
        return reports_json.read(content)
    except reports_json.NotAReportError as error:
        raise click.UsageError(f"{file}: {error}\nA report is written by --report json=FILE.") from error


def _replayed(path: Path) -> Report:
    # Only a recording needs the checks, which are slow to import.
    from diagnose.cli.run import once
    from diagnose.cli.settings import load
    from diagnose.target.request import Request

    try:
        _, report = once(Request(replay=path), load(None), threading.Event())
    except click.UsageError as error:
        raise click.UsageError(f"{path}: {error.message}") from error
    return report
