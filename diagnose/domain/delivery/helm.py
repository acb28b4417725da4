"""Helm's records of the worker's release, as the checks of a release ask for them."""

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands import helm as commands
from diagnose.commands.command import Command
from diagnose.model.report import Step
from diagnose.queries.helm import HelmHistory, ReadHelmHistory
from diagnose.target.request import Allowance
from diagnose.target.target import Release


def release_of(ctx: Context) -> Release:
    """The release of the workload.

    Raises:
        NotApplicableError: Helm did not make it, or its records are not to be read.
    """
    release = ctx.target.release
    if release is None or not release.by_helm:
        raise NotApplicableError("no Helm release is named by the workload's annotations")
    if Allowance.HELM_HISTORY not in ctx.target.request.allowed:
        raise NotApplicableError("Helm's records are read only with --helm-history")
    return release


def history_of(ctx: Context, release: Release) -> HelmHistory:
    """What Helm keeps of it.

    Raises:
        NotApplicableError: nothing.
        NoAnswerError: its records may not be read.
    """
    found = ctx.query(ReadHelmHistory(namespace=release.records, release=release.name))
    if not found.records:
        raise NotApplicableError(f"Helm keeps no record of {release.name} in Secrets of namespace {release.records}")
    return found


def look(release: Release) -> Step:
    """Read the history, which changes nothing."""
    return Step(text="Read the release's history.", command=helm(release, "history"))


def helm(release: Release, verb: str, revision: int | None = None) -> Command:
    """Helm's command that does this with the release."""
    which = () if revision is None else (str(revision),)
    return commands.helm(verb, release.name, *which, namespace=release.records)
