"""`diagnose all -A`: every namespace that has workloads, one after the other, on the page of `diagnose merge`."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from math import ceil
from typing import Any

from msgspec.structs import replace

from diagnose.cli import options, stubs
from diagnose.cli.assembly import prepare
from diagnose.cli.output import StatusLine, progress, report_written, start_files, stubs_of, write_pages
from diagnose.cli.process import process
from diagnose.cli.settings import Settings
from diagnose.cli.target_options import NoTargetError
from diagnose.engine.diagnosis import Examination
from diagnose.model.fleet import Fleet, Member, gather
from diagnose.model.report import ExitCode, Report
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import ForbiddenError, NoAnswerError
from diagnose.resources import CronJob, Deployment, Object, Pod, StatefulSet
from diagnose.sources.gateway import Gateway
from diagnose.target.request import NoSuchTargetError, Request
from reports.fleet import FORMATS

LIMIT_S, OF_ONE_S, AT_ONCE = 600.0, 60.0, 3
"""How long a run may take without --timeout, how long one namespace of it, and how many are examined at a time."""
NOT_FOUND = "workload.not-found"


def run(request: Request, settings: Settings, flags: dict[str, Any]) -> int:
    """Examines all namespaces, writes the page of all and returns the exit code.

    Raises:
        click.UsageError: there is no usable kubeconfig or no such format, or pods may not be listed everywhere.
    """
    pages, display = options.destinations(flags, FORMATS), options.display(flags)
    start_files(stubs_of(pages, stubs.MERGE))
    stop = threading.Event()
    process.on_interrupt(stop.set)
    timeout_s = request.timeout_s or settings.request.timeout_s or LIMIT_S
    examination = prepare(replace(request, timeout_s=timeout_s), settings)
    with progress(display) as status:
        fleet = _fleet(examination, stop, status)
    process.verdict = int(ExitCode.INTERRUPTED if stop.is_set() else fleet.exit_code)
    shown = replace(display, verbose=not display.quiet)
    report_written(write_pages([(each.path, partial(FORMATS[each.format], fleet)) for each in pages], shown), display)
    return process.verdict


def _fleet(examination: Examination, stop: threading.Event, status: StatusLine) -> Fleet:
    names = _namespaces(examination)
    begun, ends_at = count(), examination.gateway.ends_at

    def examined(name: str) -> Member | None:
        # What is left of the time is shared by those that have not begun.
        turns = ceil((len(names) - next(begun)) / AT_ONCE)
        now = time.monotonic()
        status.show(f"examining namespace {name}")
        return _member(examination, name, min(now + OF_ONE_S, now + (ends_at - now) / turns), stop)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return gather(each for each in threads.map(examined, names) if each)


def _namespaces(examination: Examination) -> tuple[str, ...]:
    """Returns the namespaces with workloads, sorted.

    Raises:
        NoTargetError: pods cannot be listed in all namespaces.
    """
    gateway = examination.gateway
    try:
        found = set(_of(gateway, Pod))
    except ForbiddenError as error:
        raise NoTargetError(f"the namespaces cannot be found: {error}\nNext: name one with -n") from error
    except NoAnswerError as error:
        raise NoTargetError.after(error, examination.request, "the namespaces cannot be found: ") from error
    for kind in (Deployment, StatefulSet, CronJob):
        # Of those that may not be listed, the namespaces with pods are known.
        found |= set(_listed(partial(_of, gateway, kind)))
    return tuple(sorted(found))


def _of(gateway: Gateway, kind: type[Object]) -> Iterator[str]:
    return (each.metadata.namespace for each in gateway.query(ListObjects(kind=kind)).items)


def _listed(run: Callable[[], Iterator[str]]) -> Iterator[str]:
    try:
        return run()
    except NoAnswerError:
        return iter(())


def _member(examination: Examination, name: str, ends_at: float, stop: threading.Event) -> Member | None:
    """Returns the namespace with its report; None where it has no workload."""
    gateway = Gateway(examination.gateway.source, ends_at, examination.gateway.counter)
    request = replace(examination.request, namespace=name)
    # What was observed of one namespace is not kept for the others.
    of_one = replace(examination, request=request, gateway=gateway, observed={})
    try:
        report = of_one.run(stop)
    except NoSuchTargetError as error:
        return Member(source="", namespace=name, problem=str(error))
    return None if _is_empty(report) else Member(source="", namespace=name, report=report)


def _is_empty(report: Report) -> bool:
    return [cause.finding.code for cause in report.causes] == [NOT_FOUND]
