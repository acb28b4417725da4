"""The options that several commands share, and the request that they result in."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from diagnose.check.api import Occasion
from diagnose.cli import completion_values
from diagnose.cli.output import Destination, Display, parse_report
from diagnose.target.request import Allowance, Expected, Request
from reports import RENDERERS

_DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?")


class Duration(click.ParamType[float]):
    """`5m`, `90s`, `1h30m`, or a number of seconds; the value is in seconds, 0 for `0s`."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parses the duration into seconds."""
        if isinstance(value, float):
            return value
        found = _DURATION.fullmatch(str(value).strip())
        if found is None or not any(found.groups()):
            self.fail(f"{value!r} is no duration; use 90s, 5m or 1h", param, ctx)
        hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds


F = TypeVar("F", bound=Callable[..., Any])
NOTHING_EXPECTED = Expected()

OPTIONS = (
    click.option(
        "-n",
        "--namespace",
        default="",
        envvar="DIAGNOSE_NAMESPACE",
        show_envvar=True,
        help="Namespace of the worker (default: that of the context).",
    ),
    click.option(
        "--context",
        default=None,
        envvar="DIAGNOSE_CONTEXT",
        show_envvar=True,
        shell_complete=completion_values.contexts,
        help="Context of the kubeconfig (default: the current one).",
    ),
    click.option(
        "--label",
        default="",
        metavar="SELECTOR",
        envvar="DIAGNOSE_LABEL",
        show_envvar=True,
        help="Label that finds the workload.",
    ),
    click.option(
        "--container",
        default="",
        envvar="DIAGNOSE_CONTAINER",
        show_envvar=True,
        help="The worker's container, where it is ambiguous.",
    ),
    click.option(
        "--profile",
        default="",
        metavar="NAME",
        envvar="DIAGNOSE_PROFILE",
        show_envvar=True,
        shell_complete=completion_values.profiles,
        help="What kind of workload it is: temporal-worker, or generic for any other.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="ID|TOPIC",
        shell_complete=completion_values.checks,
        help="Only these checks and what they require; repeatable.",
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="ID|TOPIC",
        envvar="DIAGNOSE_SKIP",
        show_envvar=True,
        shell_complete=completion_values.checks,
        help="Not these checks; repeatable.",
    ),
    click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="FORMAT[=PATH]",
        shell_complete=completion_values.reports,
        help=f"{', '.join(RENDERERS)}; repeatable (default: console).",
    ),
    click.option(
        "--record",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Record all answers of the cluster in this file.",
    ),
    click.option(
        "--replay",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="Replay a recording, without a cluster.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=1),
        default=None,
        envvar="DIAGNOSE_TIMEOUT",
        show_envvar=True,
        help="Seconds for the whole run (default 60).",
    ),
    click.option(
        "--secret-names", is_flag=True, help="Also list the Secrets' names and ages (needs `list secrets`), no value."
    ),
    click.option(
        "--helm-history",
        is_flag=True,
        help="Read the release's Helm records too; needs the right to list Secrets, and stores none of their values.",
    ),
    click.option(
        "--workflows", default="", metavar="NAMESPACE", help="Where Argo Workflows build and deploy (default: argo)."
    ),
    click.option(
        "--db-dsn",
        "database_login",
        default="",
        envvar="DIAGNOSE_DB_DSN",
        show_envvar=True,
        metavar="DSN",
        help="Your login for the database, used where no pod can query it; better set as DIAGNOSE_DB_DSN. "
        "Without a host the worker's host is used, through a port-forward.",
    ),
    click.option("--no-exec", is_flag=True, help="Run nothing inside containers."),
    click.option(
        "--fail-on", type=click.Choice(["fail", "warn"]), default="fail", help="What closes a gate (default: fail)."
    ),
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        envvar="DIAGNOSE_CONFIG",
        show_envvar=True,
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
    "--workload",
    default="",
    envvar="DIAGNOSE_WORKLOAD",
    show_envvar=True,
    help="Name of the Deployment, where several match.",
)


def having(*given: Callable[[F], F]) -> Callable[[F], F]:
    """Returns a decorator that adds options, in their order."""

    def decorate(command: F) -> F:
        for option in reversed(given):
            command = option(command)
        return command

    return decorate


def with_options(command: F) -> F:
    """Adds all shared options."""
    return having(*OPTIONS)(command)


def destinations(flags: dict[str, Any]) -> tuple[Destination, ...]:
    """Returns the requested reports; the console by default.

    Raises:
        click.UsageError: there is no such format.
    """
    return tuple(parse_report(text) for text in flags["reports"]) or (Destination("console", None),)


def display(flags: dict[str, Any]) -> Display:
    """Returns the display options."""
    return Display(
        no_color=flags["no_color"], ascii=flags["plain"], verbose=flags["verbose"], progress=flags["progress"]
    )


def request(
    flags: dict[str, Any],
    *,
    workload: str = "",
    pod: str = "",
    occasion: Occasion = Occasion.INCIDENT,
    manifest: str = "",
    expected: Expected = NOTHING_EXPECTED,
) -> Request:
    """Returns the request of the flags."""
    return Request(
        context=flags["context"] or "",
        namespace=flags["namespace"],
        workload=workload,
        pod=pod,
        label=flags["label"],
        container=flags["container"],
        only=flags["only"],
        skip=flags["skip"],
        timeout_s=flags["timeout"] or 0.0,
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
