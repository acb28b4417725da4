"""`diagnose gate`."""

import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from checks import CHECKS
from diagnose.check.api import Occasion
from diagnose.cli import completion_values, options, saved_reports
from diagnose.cli.command import command
from diagnose.cli.options import Duration
from diagnose.cli.output import StatusLine, write_reports
from diagnose.cli.process import process
from diagnose.cli.run import Examine, Examined, once, run
from diagnose.cli.settings import Settings, load
from diagnose.engine import gate as gating
from diagnose.engine.diagnosis import Examination
from diagnose.engine.gate import Attempt, Patience
from diagnose.model.report import ExitCode, Report
from diagnose.queries.query import ForbiddenError
from diagnose.target.request import Expected, Request
from diagnose.text.sentences import suggestions

BEFORE, AFTER = Occasion.BEFORE_DEPLOY, Occasion.AFTER_DEPLOY
EPILOG = (
    "Example: diagnose gate --phase pre -n msp --report json=gate.json; "
    "diagnose gate --phase post --wait 5m --image TAG -n msp"
)
GATE = "Gate"
EXPECTED = (
    options.option(
        "--manifest",
        group=GATE,
        default="",
        metavar="FILE|-",
        help="What is to be deployed, as `helm template` prints it (only with --phase pre; - is stdin).",
    ),
    options.option(
        "--offline",
        group=GATE,
        is_flag=True,
        help="Judge the manifest alone, without contact to a cluster (only with --manifest).",
    ),
    options.option("--image", group=GATE, default="", metavar="REF", help="The image, or its tag, that is deployed."),
    options.option(
        "--revision",
        group=GATE,
        default="",
        metavar="COMMIT",
        help="The commit that it is built from (only with --phase post).",
    ),
    options.option(
        "--registry",
        is_flag=True,
        group=GATE,
        help="Query the registry for the image, with your docker login.",
    ),
)
TERMS = (
    options.option(
        "--wait",
        group=GATE,
        type=Duration(),
        metavar="DURATION",
        help="Repeat for at most this time (90s, 5m, 1h); ends as soon as the gate is open, or closed by a permanent "
        "failure.",
    ),
    options.option(
        "--require",
        "required",
        group=GATE,
        multiple=True,
        metavar="ID",
        shell_complete=completion_values.checks,
        envvar="DIAGNOSE_REQUIRE",
        help="This check must have passed; repeatable.",
    ),
    options.option(
        "--baseline",
        group=GATE,
        type=options.OLD_FILE,
        metavar="FILE",
        help="An earlier JSON report: show new, fixed and unchanged findings.",
    ),
    options.option("--only-new", group=GATE, is_flag=True, help="With --baseline: only new findings close the gate."),
    options.option(
        "--exit-zero",
        group=GATE,
        is_flag=True,
        help="Exit with 0 whatever the verdict; the report keeps its exit_code.",
    ),
)


@command(epilog=EPILOG)
@options.option(
    "--phase",
    group=GATE,
    type=click.Choice([BEFORE.value, AFTER.value]),
    required=True,
    help="Before a deployment: what the new version needs; after it: its result.",
)
@options.WORKLOAD
@options.having(*EXPECTED, *TERMS)
@options.with_options
def gate(phase: str, manifest: str, offline: bool, image: str, revision: str, **flags: Any) -> None:
    """Allow or stop a deployment: 0 is go; an unknown check is never 0."""
    occasion = Occasion(phase)
    if manifest and occasion is not BEFORE:
        raise click.UsageError("--manifest is the version to deploy; it requires --phase pre")
    if offline and not manifest:
        raise click.UsageError("--offline judges a file alone; it requires --manifest FILE")
    if manifest and flags["replay"]:
        raise click.UsageError("a recording has its own manifest; --manifest does not go with --replay")
    if flags["wait"] and flags["replay"]:
        raise click.UsageError("a recording does not change; --wait does not go with --replay")
    if flags["wait"] and manifest == "-":
        raise click.UsageError("stdin can be read once; with --wait give --manifest a file")
    if flags["only_new"] and not flags["baseline"]:
        raise click.UsageError("--only-new needs the report to compare with: --baseline FILE")
    request = replace(
        options.request(flags),
        occasion=occasion,
        manifest=manifest,
        offline=offline,
        expected=Expected(image=image, revision=revision),
        required=_known(flags["required"]),
    )
    judged = _with_baseline(_earlier(flags["baseline"]), only_new=flags["only_new"])
    destinations, display = options.destinations(flags), options.display(flags)
    files = tuple(each for each in destinations if each.path)
    store = partial(write_reports, destinations=files, display=display)
    examined = _waiting(flags["wait"], judged, store) if flags["wait"] else judged
    code = run(request, load(flags["config"]), destinations, display, flags["record"], examined)
    sys.exit(0 if flags["exit_zero"] and code != ExitCode.INTERRUPTED else code)


def _known(required: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the ids without duplicates.

    Raises:
        click.UsageError: there is no such check.
    """
    known = [check.id for check in CHECKS]
    for each in required:
        if each not in known:
            hint = suggestions(each, known) or "; see: diagnose list"
            raise click.UsageError(f"--require {each}: there is no such check{hint}")
    return tuple(dict.fromkeys(required))


def _earlier(path: Path | None) -> Report | None:
    """Returns the report to compare with.

    Raises:
        click.UsageError: it cannot be read, or its run was not completed, so that it excuses nothing.
    """
    if path is None:
        return None
    report = saved_reports.report(str(path))
    if not report.complete or report.interrupted:
        raise click.UsageError(f"the baseline {path} is the report of an incomplete run; use that of a completed one")
    return report


def _with_baseline(earlier: Report | None, *, only_new: bool) -> Examine:
    """Returns an examination whose report is compared with an earlier one, if there is one."""

    def judge(request: Request, settings: Settings, stop: threading.Event, progress: StatusLine) -> Examined:
        examination, report = once(request, settings, stop, progress)
        return examination, gating.with_baseline(report, earlier, only_new=only_new) if earlier else report

    return judge


def _waiting(limit_s: float, judge: Examine, store: Callable[[Report], object]) -> Examine:
    """Returns an examination that is repeated as long as waiting may help."""

    def until_open(request: Request, settings: Settings, stop: threading.Event, progress: StatusLine) -> Examined:
        whole: list[Examination] = []

        def display(only: tuple[str, ...] = ()) -> Attempt:
            examination, report = judge(replace(request, only=only) if only else request, settings, stop, progress)
            if not only:
                whole[:] = [examination]
            errors = (each.error for each in examination.gateway.answers)
            transient = gating.transient_codes(examination.catalogue.checks)
            return Attempt(report, transient, tuple(str(each) for each in errors if isinstance(each, ForbiddenError)))

        def pause(seconds: float) -> bool:
            process.unlimit()
            return stop.wait(seconds)

        patience = Patience(limit_s=limit_s, clock=time.monotonic, pause=pause, show=progress.say, store=store)
        report = gating.wait(display, patience)
        return whole[0], report

    return until_open
