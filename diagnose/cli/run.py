"""`diagnose all`, `diagnose pod` and `diagnose audit`."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from diagnose.check.api import Occasion
from diagnose.cli import completion_values, options
from diagnose.cli.assembly import prepare, store
from diagnose.cli.command import command
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
from diagnose.cli.settings import Settings, load
from diagnose.engine.diagnosis import Examination
from diagnose.engine.plan import PlanError
from diagnose.model.report import Outcome, Report
from diagnose.target.request import NoSuchTargetError, Request
from reports import preload

NOT_EVERYWHERE = ("namespace", "workload", "record", "replay")
"""The flags of `all` that are about one namespace."""


@command(name="all", epilog="Example: diagnose all -n msp --report markdown=incident.md --record incident.diag")
@options.option(
    "-A",
    "--all-namespaces",
    is_flag=True,
    group=options.WORKLOAD_GROUP,
    help="Each namespace that has workloads, with one line each.",
)
@options.WORKLOAD
@options.with_options
def all_pods(all_namespaces: bool, **flags: Any) -> None:
    """Find out why the worker of a namespace does not work: the cause first, with the commands that fix it.

    Without a Temporal worker there, all workloads of the namespace are examined.
    """
    request = options.request(flags)
    if not all_namespaces:
        sys.exit(_examine(request, flags))
    if unsuitable := next((each for each in NOT_EVERYWHERE if flags[each]), ""):
        raise click.UsageError(f"--{unsuitable} is about one namespace; it does not go with --all-namespaces")
    from diagnose.cli import everywhere

    sys.exit(everywhere.run(request, load(flags["config"]), flags))


@command(name="pod", epilog="Example: diagnose pod temporal-worker-7d9-x2k1 -n msp")
@click.argument("name", shell_complete=completion_values.objects("pod"))
@options.with_options
def one_pod(name: str, **flags: Any) -> None:
    """Find out why one pod does not work, for example in CrashLoopBackOff, Pending or Evicted.

    NAME may be that of a pod that is gone, and KIND/NAME that of a workload.
    """
    sys.exit(_examine(replace(options.request(flags), pod=name), flags))


def _of_kind(kind: str, question: str) -> click.Command:
    """Returns the command for a workload of a kind."""

    @command(name=kind, help=question, epilog=f"Example: diagnose {kind} NAME -n msp")
    @click.argument("name", shell_complete=completion_values.objects(kind))
    @options.with_options
    def of_kind(name: str, **flags: Any) -> None:
        sys.exit(_examine(replace(options.request(flags), workload=f"{kind}/{name.rpartition('/')[2]}"), flags))

    return of_kind


deployment = _of_kind("deployment", "Find out why a Deployment does not work.")
statefulset = _of_kind("statefulset", "Find out why a StatefulSet does not work, for example stuck at one of its pods.")
daemonset = _of_kind("daemonset", "Find out why a DaemonSet does not work, on all nodes or on some.")
job = _of_kind("job", "Find out why a Job does not end, or why it failed.")
cronjob = _of_kind("cronjob", "Find out why a CronJob does not run, or why its last Job failed.")


@command(epilog="Example: diagnose audit -n msp")
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
