"""The targets of commands that generate something for them, such as `init` and `alerts`."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

import click
from msgspec.structs import replace

from diagnose.cli import options, settings
from diagnose.cli.assembly import prepare
from diagnose.engine.diagnosis import Examination
from diagnose.engine.no_cluster import next_step
from diagnose.model.report import ExitCode
from diagnose.queries.query import NoAnswerError
from diagnose.target.discovery import discover_all
from diagnose.target.request import NoSuchTargetError, NoWorkloadError, Request
from diagnose.target.target import Target

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    "namespace", "selector", "container", "profile", "kubeconfig", "context", "as_user", "as_groups", "request_timeout",
    "timeout", "replay", "config",
)  # fmt: skip


def with_options(command: F) -> F:
    """Adds the options that select the workload, as for `all`."""
    return options.having(options.WORKLOAD, *options.shared(*OPTIONS))(command)


class NoTargetError(click.ClickException):
    """The target cannot be discovered, which is no fault of the command line."""

    exit_code = ExitCode.INCOMPLETE

    @classmethod
    def after(cls, error: NoAnswerError, request: Request, what: str = "") -> Self:
        """Returns the error for a query without an answer, with the next step.

        Args:
            error: why there is no answer.
            request: who queried which cluster.
            what: what failed, as the beginning of the message.
        """
        step = next_step(error, request)
        return cls(f"{what}{error}" + (f"\nNext: {step}" if step else ""))


def found(flags: dict[str, Any], from_file: settings.Settings) -> tuple[Examination, tuple[Target, ...]]:
    """Returns the selected workloads, at least one, and their examination.

    Raises:
        click.UsageError: there is none.
        NoTargetError: they are not accessible.
    """
    request = options.request({name: flags[name] for name in ("workload", *OPTIONS)})
    examination = prepare(replace(request, no_exec=True), from_file)
    known = examination.catalogue
    try:
        return examination, discover_all(examination.gateway, examination.request, known.profiles).targets
    except (NoSuchTargetError, NoWorkloadError) as error:
        raise click.UsageError(str(error)) from error
    except NoAnswerError as error:
        raise NoTargetError.after(error, examination.request) from error
