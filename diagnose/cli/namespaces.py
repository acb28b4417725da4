"""`diagnose namespaces`: the namespaces with the worker, for a run in each of them."""

import json
import sys
from pathlib import Path

import click

from diagnose.cli import assembly
from diagnose.cli.options import NEW_FILE, OLD_FILE
from diagnose.cli.output import start_files, write_file
from diagnose.cli.settings import load
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.resources import Workload
from diagnose.resources.selectors import parse, selects
from diagnose.sources.gateway import Gateway
from diagnose.target.inventory import WORKLOADS
from diagnose.target.request import Request


@click.command(epilog="Example: diagnose namespaces --format json")
@click.option("--context", default=None, envvar="DIAGNOSE_CONTEXT", help="Context of the kubeconfig.")
@click.option("--label", default="", metavar="SELECTOR", envvar="DIAGNOSE_LABEL", help="Label that finds the workload.")
@click.option("--profile", default="", metavar="NAME", envvar="DIAGNOSE_PROFILE", help="What kind of workload it is.")
@click.option(
    "--format",
    "shown",
    type=click.Choice(["lines", "json"]),
    default="lines",
    help="One per line, or a JSON list for Argo's withParam.",
)
@click.option("--given", default="", metavar="NS,NS", help="Use these without querying the cluster.")
@click.option(
    "--save",
    type=NEW_FILE,
    help="Also write them to this file, one per line, for `diagnose merge --expect`; its folder is created.",
)
@click.option("--config", type=OLD_FILE, envvar="DIAGNOSE_CONFIG", help="Configuration (default: ./diagnose.toml).")
def namespaces(
    context: str | None, label: str, profile: str, shown: str, given: str, save: Path | None, config: Path | None
) -> None:
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
    found = sorted(set(given.replace(",", " ").split())) or _found(context, label, profile, config)
    lines = "".join(f"{name}\n" for name in found)
    if save:
        write_file(save, lines)
    click.echo(json.dumps(found) if shown == "json" else lines, nl=shown == "json")
    sys.exit(0 if found else 1)


def _found(context: str | None, label: str, profile: str, config: Path | None) -> list[str]:
    """Returns the namespaces with a workload that has the label, else with one that is a Temporal worker, sorted.

    Raises:
        click.UsageError: there is no usable kubeconfig.
        SystemExit: they cannot be listed.
    """
    settings = load(config)
    request = Request(context=context or "", profile=profile, no_exec=True)
    examination = assembly.prepare(request, settings)
    profiles = examination.catalogue.profiles
    selector = label or settings.target.label or profiles.searched.label
    try:
        listed = [each for kind in WORKLOADS for each in _listed(examination.gateway, kind)]
    except NoAnswerError as error:
        click.echo(f"The workloads of all namespaces cannot be listed: {error}", err=True)
        sys.exit(3)
    if selector:
        chosen = [each for each in listed if selects(parse(selector), _labels(each))]
    else:
        chosen = [each for each in listed if profiles.choose(each.template, each.metadata).is_worker]
    if not chosen:
        what = f"has the label {selector}" if selector else "is a Temporal worker"
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
