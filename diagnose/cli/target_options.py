"""Finds the workload for commands that write something about it, such as `init` and `alerts`."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from diagnose.cli import options, settings
from diagnose.cli.assembly import prepare
from diagnose.engine.diagnosis import Examination
from diagnose.queries.query import NoAnswerError
from diagnose.target.discovery import discover
from diagnose.target.request import NoSuchTargetError, NoWorkloadError, Request
from diagnose.target.target import Target

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = ("namespace", "context", "label", "container", "profile", "replay", "timeout", "config")


def with_options(command: F) -> F:
    """The options that say which workload is meant, as those of `all`."""
    chosen = [each for each in options.OPTIONS if _name(each) in OPTIONS]
    return options.having(options.WORKLOAD, *chosen)(command)


def _name(option: Callable[..., Any]) -> str:
    """The parameter that a decorator of click adds."""

    def probe() -> None:
        """Nothing; it only carries the option."""

    option(probe)
    added: click.Parameter = vars(probe)["__click_params__"][0]
    return str(added.name)


def found(flags: dict[str, Any], told: settings.Settings) -> tuple[Examination, Target]:
    """The workload that is meant, and what it was asked with.

    Raises:
        click.UsageError: there is none, or it cannot be looked at.
    """
    request = Request(
        context=flags["context"] or "",
        namespace=flags["namespace"],
        workload=flags["workload"],
        label=flags["label"],
        container=flags["container"],
        profile=flags["profile"],
        timeout_s=flags["timeout"] or 0.0,
        no_exec=True,
        replay=flags["replay"],
    )
    examination = prepare(request, told)
    known = examination.catalogue
    try:
        return examination, discover(examination.gateway, examination.request, known.profile, known.otherwise)
    except (NoSuchTargetError, NoWorkloadError, NoAnswerError) as error:
        raise click.UsageError(str(error)) from error
