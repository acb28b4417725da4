"""`diagnose all`, `diagnose pod` and `diagnose audit`."""

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from diagnose.check.api import Occasion
from diagnose.cli import options
from diagnose.cli.assembly import prepare, store
from diagnose.cli.output import Destination, Display, StatusLine, progress, start_files, write_reports
from diagnose.cli.settings import Settings, load
from diagnose.engine.diagnosis import Examination
from diagnose.engine.plan import PlanError
from diagnose.model.report import Outcome, Report
from diagnose.target.request import NoSuchTargetError, Request


@click.command(name="all", epilog="Example: diagnose all -n msp --report markdown=incident.md --record incident.diag")
@options.WORKLOAD
@options.with_options
def all_pods(**flags: Any) -> None:
    """Find out why the worker of a namespace does not work: the cause first, with the commands that fix it."""
    sys.exit(_examine(options.request(flags), flags))


@click.command(name="pod", epilog="Example: diagnose pod temporal-worker-7d9-x2k1 -n msp")
@click.argument("name")
@options.with_options
def one_pod(name: str, **flags: Any) -> None:
    """Find out why one pod does not work, for example in CrashLoopBackOff, Pending or Evicted."""
    sys.exit(_examine(replace(options.request(flags), pod=name), flags))


@click.command(epilog="Example: diagnose audit -n msp")
@options.WORKLOAD
@options.with_options
def audit(**flags: Any) -> None:
    """Report long-term risks: security, scaling, settings without effect, secrets due for rotation."""
    sys.exit(_examine(replace(options.request(flags), occasion=Occasion.AUDIT), flags))


def _examine(request: Request, flags: dict[str, Any]) -> int:
    return run(request, load(flags["config"]), options.destinations(flags), options.display(flags), flags["record"])


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
    examination = prepare(request, settings)
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
        click.UsageError: a named object does not exist, or a file cannot be written.
    """
    start_files(destinations)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    with progress(display) as progress_line:
        examination, report = examined(request, settings, stop, progress_line)
    write_reports(report, destinations, display)
    if record:
        try:
            store(record, examination, report)
        except OSError as error:
            raise click.UsageError(f"the recording cannot be written: {error}") from error
    return int(report.exit_code)
