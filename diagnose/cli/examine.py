"""`diagnose all` and `diagnose pod`."""

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from diagnose import settings
from diagnose.check import Occasion
from diagnose.cli.output import Destination, Look, parse_report, progress, start_files, write_reports
from diagnose.cli.wiring import Request, keep, prepare
from diagnose.discovery import NoSuchTargetError
from diagnose.model import Report
from diagnose.plan import PlanError
from diagnose.target import Allowance, Expected

F = TypeVar("F", bound=Callable[..., Any])
NOTHING_EXPECTED = Expected()

OPTIONS = (
    click.option(
        "-n",
        "--namespace",
        default="",
        envvar="DIAGNOSE_NAMESPACE",
        help="Namespace of the worker (default: the context's own).",
    ),
    click.option(
        "--context",
        default=None,
        envvar="DIAGNOSE_CONTEXT",
        help="Context of the kubeconfig (default: the current one).",
    ),
    click.option(
        "--label", default="", metavar="SELECTOR", envvar="DIAGNOSE_LABEL", help="Label that finds the workload."
    ),
    click.option(
        "--container",
        default="",
        envvar="DIAGNOSE_CONTAINER",
        help="The worker's container, where it cannot be told.",
    ),
    click.option(
        "--profile",
        default="",
        metavar="NAME",
        envvar="DIAGNOSE_PROFILE",
        help="What kind of workload it is: temporal-worker, or generic for any other.",
    ),
    click.option(
        "--only", multiple=True, metavar="ID|TOPIC", help="Only these checks and what they require; repeatable."
    ),
    click.option("--skip", multiple=True, metavar="ID|TOPIC", help="Not these checks; repeatable."),
    click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="FORMAT[=PATH]",
        help="console, markdown or json; repeatable (default: console).",
    ),
    click.option(
        "--record", type=click.Path(path_type=Path, dir_okay=False), help="Keep all that was seen in this file."
    ),
    click.option(
        "--replay",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="Answer from a recording, without a cluster.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=1),
        default=None,
        envvar="DIAGNOSE_TIMEOUT",
        help="Seconds for the whole run (default 60).",
    ),
    click.option(
        "--secret-names", is_flag=True, help="Also list the Secrets' names and ages (needs `list secrets`), no value."
    ),
    click.option(
        "--helm-history",
        is_flag=True,
        help="Read Helm's records of the release too; needs the right to list Secrets, and keeps none of their values.",
    ),
    click.option(
        "--workflows", default="", metavar="NAMESPACE", help="Where Argo Workflows build and deploy (default: argo)."
    ),
    click.option(
        "--db-dsn",
        "database_login",
        default="",
        envvar="DIAGNOSE_DB_DSN",
        metavar="DSN",
        help="A login of your own to look at the database with where no pod can; better given as DIAGNOSE_DB_DSN. "
        "Without a host it goes the worker's way, through a port-forward.",
    ),
    click.option("--no-exec", is_flag=True, help="Run nothing inside containers."),
    click.option(
        "--fail-on", type=click.Choice(["fail", "warn"]), default="fail", help="What closes a gate (default: fail)."
    ),
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        envvar="DIAGNOSE_CONFIG",
        help="Configuration (default: ./diagnose.toml).",
    ),
    click.option("-v", "--verbose", is_flag=True, help="List every check."),
    click.option("--progress/--no-progress", default=None, help="A live count on stderr (default: on a terminal)."),
    click.option("--no-color", is_flag=True, help="No colours, also on a terminal; NO_COLOR does the same."),
    click.option("--ascii", "plain", is_flag=True, help="Only ASCII characters in the console report."),
    click.option("--debug", is_flag=True, hidden=True),
)


ALLOWANCES = {
    "registry": Allowance.REGISTRY,
    "secret_names": Allowance.SECRET_NAMES,
    "helm_history": Allowance.HELM_HISTORY,
}
WORKLOAD = click.option(
    "--workload", default="", envvar="DIAGNOSE_WORKLOAD", help="Name of the Deployment, where several match."
)


def _with_options(command: F) -> F:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command(name="all", epilog="Example: diagnose all -n msp --report markdown=incident.md --record incident.diag")
@WORKLOAD
@_with_options
def all_pods(workload: str, **flags: Any) -> None:
    """Say why the worker of a namespace does not work: the cause first, with the command to paste."""
    sys.exit(_examine(workload=workload, pod="", **flags))


@click.command(name="pod", epilog="Example: diagnose pod temporal-worker-7d9-x2k1 -n msp")
@click.argument("name")
@_with_options
def one_pod(name: str, **flags: Any) -> None:
    """Say why one pod does not work, also when it crash-loops, is Pending or was evicted."""
    sys.exit(_examine(workload="", pod=name, **flags))


@click.command(epilog="Example: diagnose audit -n msp")
@WORKLOAD
@_with_options
def audit(workload: str, **flags: Any) -> None:
    """Say what will matter another day: security, scaling, settings without effect, secrets due for rotation."""
    sys.exit(_examine(workload=workload, pod="", occasion=Occasion.AUDIT, **flags))


@click.command(epilog="Example: diagnose gate --phase pre -n msp --report json=gate.json")
@click.option(
    "--phase",
    type=click.Choice([Occasion.BEFORE_DEPLOY.value, Occasion.AFTER_DEPLOY.value]),
    required=True,
    help="Before a deploy: what the new version needs; after it: what came of it.",
)
@WORKLOAD
@click.option(
    "--manifest",
    default="",
    metavar="FILE|-",
    help="What is to be deployed, as `helm template` prints it (only with --phase pre; - is stdin).",
)
@click.option("--image", default="", metavar="REF", help="The image, or its tag, that the deploy is to bring.")
@click.option(
    "--revision", default="", metavar="COMMIT", help="The commit that it is built from (only with --phase post)."
)
@click.option("--registry", is_flag=True, help="Ask the registry for the image, with your own docker login.")
@_with_options
def gate(phase: str, workload: str, manifest: str, image: str, revision: str, **flags: Any) -> None:
    """Open or close a deploy: 0 is go; anything that could not be looked at is never 0."""
    occasion = Occasion(phase)
    if manifest and occasion is not Occasion.BEFORE_DEPLOY:
        raise click.UsageError("--manifest is of what is to be deployed; it goes with --phase pre")
    if manifest and flags["replay"]:
        raise click.UsageError("a recording has its own manifest; --manifest does not go with --replay")
    expected = Expected(image=image, revision=revision)
    sys.exit(_examine(workload=workload, pod="", occasion=occasion, manifest=manifest, expected=expected, **flags))


def _examine(
    workload: str,
    pod: str,
    occasion: Occasion | None = None,
    manifest: str = "",
    expected: Expected = NOTHING_EXPECTED,
    **flags: Any,
) -> int:
    destinations = tuple(parse_report(text) for text in flags["reports"]) or (Destination("console", None),)
    try:
        configured = settings.load(flags["config"])
    except settings.SettingsError as error:
        raise click.UsageError(str(error)) from error
    request = Request(
        settings=configured,
        context=flags["context"],
        namespace=flags["namespace"],
        workload=workload,
        pod=pod,
        label=flags["label"],
        container=flags["container"],
        only=flags["only"],
        skip=flags["skip"],
        timeout_s=flags["timeout"] or configured.run.timeout,
        no_exec=flags["no_exec"],
        fail_on_warn=flags["fail_on"] == "warn",
        replay=flags["replay"],
        allowed=frozenset(allowance for flag, allowance in ALLOWANCES.items() if flags.get(flag)),
        database_login=flags["database_login"],
        occasion=occasion,
        manifest=manifest,
        expected=expected,
        workflows=flags["workflows"],
        profile=flags["profile"],
    )
    look = Look(no_color=flags["no_color"], ascii=flags["plain"], verbose=flags["verbose"], progress=flags["progress"])
    return run(request, destinations, look, flags["record"])


def run(request: Request, destinations: tuple[Destination, ...], look: Look, record: Path | None = None) -> int:
    """Examine, write the reports, and give the exit code.

    Raises:
        click.UsageError: what was named does not exist, or a file cannot be written.
    """
    start_files(destinations)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    with progress(look) as told:
        examination = prepare(request)
        try:
            report: Report = examination.run(stop, told)
        except (NoSuchTargetError, PlanError) as error:
            raise click.UsageError(str(error)) from error
    write_reports(report, destinations, look)
    if record:
        try:
            keep(record, examination, report)
        except OSError as error:
            raise click.UsageError(f"the recording cannot be written: {error}") from error
    return int(report.exit_code)
