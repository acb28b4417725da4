"""One run: it examines, writes the reports and the recording, and returns the exit code."""

import gc
import threading
from collections.abc import Callable
from pathlib import Path

import click
from msgspec.structs import replace

from diagnose.cli.assembly import prepare, store
from diagnose.cli.output import (
    Destination,
    Display,
    StatusLine,
    progress,
    report_written,
    start_files,
    stubs_of,
    warn,
    write_reports,
)
from diagnose.cli.process import process
from diagnose.cli.settings import Settings
from diagnose.engine.diagnosis import Examination
from diagnose.engine.plan import PlanError
from diagnose.model.report import Outcome, Report
from diagnose.target.request import NoSuchTargetError, Request
from reports import preload

OnOutcome = Callable[[Outcome], None]
Examined = tuple[Examination, Report]
Examine = Callable[[Request, Settings, threading.Event, StatusLine], Examined]


def once(
    request: Request, settings: Settings, stop: threading.Event, progress_line: OnOutcome = lambda _: None
) -> Examined:
    """Runs one examination.

    Raises:
        click.UsageError: a named object does not exist.
    """
    examination = prepare(request, settings, begins=True)
    if gc.get_freeze_count():
        # The answers of the run before are in cycles, and a threshold for a single run lets those of many runs pile up.
        gc.collect()
    else:
        # All modules are imported and stay, so that no collection need look at their objects.
        gc.freeze()
    try:
        return examination, examination.run(stop, progress_line)
    except (NoSuchTargetError, PlanError) as error:
        raise click.UsageError(str(error)) from error


def run(
    request: Request,
    settings: Settings,
    destinations: tuple[Destination, ...],
    display: Display,
    record: Path | None = None,
    examined: Examine = once,
) -> int:
    """Runs an examination, writes the reports and returns the exit code.

    Raises:
        click.UsageError: a named object does not exist, or a file cannot be written at all.
    """
    start_files(stubs_of(destinations), record, inputs=_inputs(request))
    preload(each.format for each in destinations)
    stop = threading.Event()
    process.on_interrupt(stop.set)
    with progress(display) as progress_line:
        examination, report = examined(request, settings, stop, progress_line)
    process.verdict = int(report.exit_code)
    written = write_reports(report, destinations, display)
    if record and write_recording(record, examination, report):
        written = (*written, record)
    report_written(written, display)
    if process.interrupted and not report.interrupted:
        # The reports agree with the exit code, also where the signal came while they were written.
        report = replace(report, interrupted=True, complete=False)
        write_reports(report, tuple(each for each in destinations if each.path), display)
    return int(report.exit_code)


def write_recording(path: Path, examination: Examination, report: Report) -> bool:
    """Writes the recording of the run; returns whether it is written, and else says on stderr why not."""
    try:
        store(path, examination, report)
    except BrokenPipeError:
        return False
    except OSError as error:
        warn(f"the recording {path} cannot be written: {error.strerror or error}")
        return False
    return True


def _inputs(request: Request) -> tuple[Path, ...]:
    """Returns the files that are read after those of the reports have been created."""
    manifest = Path(request.manifest) if request.manifest not in {"", "-"} else None
    return tuple(each for each in (request.replay, manifest) if each)
