"""`diagnose namespaces`: the namespaces with the worker, for a run in each of them."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from diagnose.cli import assembly, options
from diagnose.cli.command import command
from diagnose.cli.output import start_files, write_file
from diagnose.cli.settings import load
from diagnose.cli.target_options import NoTargetError
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from diagnose.resources import Workload
from diagnose.resources.selectors import parse, selects
from diagnose.sources.gateway import Gateway
from diagnose.target.inventory import WORKLOADS


@command(epilog="Example: diagnose namespaces -o json")
@options.having(options.SELECTOR, options.PROFILE, *options.ACCESS, options.TIMEOUT, options.CONFIG)
@options.option(
    "-o",
    "--output",
    type=click.Choice(["lines", "json"]),
    default="lines",
    group=options.OUTPUT,
    help="One per line, or a JSON list for Argo's withParam (default: lines).",
)
@options.option(
    "--given", default="", metavar="NS,NS", group=options.WORKLOAD_GROUP, help="Use these without querying the cluster."
)
@options.option(
    "--save",
    type=options.NEW_FILE,
    group=options.OUTPUT,
    help="Also write them to this file, one per line, for `diagnose merge --expect`; its folder is created.",
)
def namespaces(output: str, given: str, save: Path | None, **flags: Any) -> None:
    """List the namespaces that have a workload of the worker, of any kind.

    This needs the right to list workloads everywhere: `diagnose rbac --for namespaces`.

    Exit codes: 0 there are some, 1 there are none, 2 wrong usage, 3 they could not be listed.
    """
    if save:
        try:
            save.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"{save} cannot be written: {error.strerror or error}") from error
        start_files((), save)
    found = sorted(set(given.replace(",", " ").split())) or _found(flags)
    lines = "".join(f"{name}\n" for name in found)
    if save:
        write_file(save, lines)
    click.echo(json.dumps(found) if output == "json" else lines, nl=output == "json")
    sys.exit(0 if found else 1)


def _found(flags: dict[str, Any]) -> list[str]:
    """Returns the namespaces with a workload that the selector selects, else with a Temporal worker, sorted.

    Raises:
        click.UsageError: there is no usable kubeconfig.
        NoTargetError: they cannot be listed.
    """
    settings = load(flags["config"])
    examination = assembly.prepare(replace(options.request(flags), no_exec=True), settings)
    profiles = examination.catalogue.profiles
    selector = flags["selector"] or settings.target.selector or profiles.searched.label
    try:
        listed = [each for kind in WORKLOADS for each in _listed(examination.gateway, kind)]
    except ForbiddenError as error:
        role = "Print the role for who grants it: diagnose rbac --offline -n default --for namespaces"
        raise NoTargetError(f"the workloads of all namespaces cannot be listed: {error}\nNext: {role}") from error
    except NoAnswerError as error:
        what = "the workloads of all namespaces cannot be listed: "
        raise NoTargetError.after(error, examination.request, what) from error
    if selector:
        chosen = [each for each in listed if selects(parse(selector), _labels(each))]
    else:
        chosen = [each for each in listed if profiles.choose(each.template, each.metadata).is_worker]
    if not chosen:
        what = f"is selected by {selector}" if selector else "is a Temporal worker"
        click.echo(f"No workload of any namespace {what}.", err=True)
    return sorted({each.metadata.namespace for each in chosen})


def _listed(gateway: Gateway, kind: type[Workload]) -> tuple[Workload, ...]:
    """Returns the workloads of a kind in all namespaces; none in a cluster without the kind."""
    try:
        return gateway.query(ListObjects(kind=kind)).complete
    except NotFoundError:
        return ()


def _labels(workload: Workload) -> dict[str, str]:
    return workload.template.metadata.labels or workload.metadata.labels
