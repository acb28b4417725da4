"""Helm's records of the worker's release, as the checks of releases need them."""

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands import helm as commands
from diagnose.commands.command import Command
from diagnose.model.report import Step
from diagnose.queries.helm import HelmHistory, ReadHelmHistory
from diagnose.target.request import Allowance
from diagnose.target.target import Release


def release_of(ctx: Context) -> Release:
    """Returns the release of the workload.

    Raises:
        NotApplicableError: Helm did not create it, or its records may not be read.
    """
    release = ctx.target.release
    if release is None or not release.by_helm:
        raise NotApplicableError("no Helm release is named by the workload's annotations")
    if Allowance.HELM_HISTORY not in ctx.target.request.allowed:
        raise NotApplicableError("Helm's records are read only with --helm-history")
    return release


def history_of(ctx: Context, release: Release) -> HelmHistory:
    """Returns Helm's records of a release.

    Raises:
        NotApplicableError: there are none.
        NoAnswerError: they may not be read.
    """
    found = ctx.query(ReadHelmHistory(namespace=release.records, release=release.name))
    if not found.records:
        raise NotApplicableError(f"Helm has no record of {release.name} in Secrets of namespace {release.records}")
    return found


def history_step(release: Release) -> Step:
    """Returns the step that shows the history."""
    return Step("Read the release's history.", helm(release, "history"))


def helm(release: Release, verb: str, revision: int | None = None) -> Command:
    """Returns a command of Helm for the release."""
    which = () if revision is None else (str(revision),)
    return commands.helm(verb, release.name, *which, namespace=release.records)
