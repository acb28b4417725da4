"""The options that several commands share, and the request that they result in."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from diagnose.cli import completion_values
from diagnose.cli.output import Destination, Display, parse_report
from diagnose.queries.temporal_login import TemporalLogin
from diagnose.target.request import Allowance, Request
from reports import RENDERERS

MAX_SECONDS, MAX_DURATION_S = 86_400.0, 366 * 86_400.0
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
        if (duration := hours * 3600 + minutes * 60 + seconds) > MAX_DURATION_S:
            self.fail(f"{value!r} is longer than a year", param, ctx)
        return duration


class Seconds(click.FloatRange):
    """A number of seconds up to a day."""

    def __init__(self, minimum: float) -> None:
        super().__init__(min=minimum, max=MAX_SECONDS)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parses the number; `nan` is none."""
        found = float(super().convert(value, param, ctx))  # type: ignore[arg-type]
        if math.isnan(found):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return found


F = TypeVar("F", bound=Callable[..., Any])
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
OLD_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


def from_environment(*names: str, **settings: Any) -> Callable[[F], F]:
    """Returns an option that DIAGNOSE_… with the name of its flag sets, too, as its help shows."""
    flag = next(each for each in names if each.startswith("--"))
    variable = f"DIAGNOSE_{flag.removeprefix('--').replace('-', '_').upper()}"
    return click.option(*names, envvar=variable, show_envvar=True, **settings)


def checks_option(name: str, **settings: Any) -> Callable[[F], F]:
    """Returns an option that selects checks and topics."""
    return click.option(name, multiple=True, metavar="ID|TOPIC", shell_complete=completion_values.checks, **settings)


def report_option(**settings: Any) -> Callable[[F], F]:
    """Returns an option that requests reports."""
    return click.option("--report", "reports", multiple=True, metavar="FORMAT[=PATH]", **settings)


TEMPORAL = (
    from_environment(
        "--temporal-address",
        default="",
        metavar="HOST:PORT",
        help="The worker's Temporal, where its environment does not state it.",
    ),
    from_environment("--temporal-namespace", default="", metavar="NAME", help="Its namespace, likewise."),
    from_environment("--temporal-tls", is_flag=True, help="Connect to it over TLS."),
    from_environment("--temporal-tls-ca", type=OLD_FILE, help="The authority of its certificate."),
    from_environment("--temporal-tls-cert", type=OLD_FILE, help="Your client certificate for it."),
    from_environment("--temporal-tls-key", type=OLD_FILE, help="The key of that certificate."),
    from_environment("--temporal-server-name", default="", help="The name in its certificate, where not its host's."),
    from_environment("--temporal-api-key-file", type=OLD_FILE, help="Your API key, only sent over verified TLS."),
    from_environment(
        "--temporal-env", is_flag=True, help="Use TEMPORAL_... of your environment, as Temporal's SDKs read it."
    ),
)
"""How to connect to Temporal."""
OPTIONS = (
    from_environment("-n", "--namespace", default="", help="Namespace of the worker (default: that of the context)."),
    from_environment(
        "--context",
        default=None,
        shell_complete=completion_values.contexts,
        help="Context of the kubeconfig (default: the current one).",
    ),
    from_environment("--label", default="", metavar="SELECTOR", help="Label that finds the workload."),
    from_environment("--container", default="", help="The worker's container, where it is ambiguous."),
    from_environment(
        "--profile",
        default="",
        metavar="NAME",
        shell_complete=completion_values.profiles,
        help="What kind of workload it is: temporal-worker, or generic for any other.",
    ),
    checks_option("--only", help="Only these checks and what they require; repeatable."),
    checks_option("--skip", help="Not these checks; repeatable.", envvar="DIAGNOSE_SKIP", show_envvar=True),
    report_option(
        help=f"{', '.join(RENDERERS)}; repeatable (default: console).", shell_complete=completion_values.reports
    ),
    click.option("--record", type=NEW_FILE, help="Record all answers of the cluster in this file."),
    click.option("--replay", type=OLD_FILE, help="Replay a recording, without a cluster."),
    from_environment("--timeout", type=Seconds(1), default=None, help="Seconds for the whole run (default 60)."),
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
    from_environment(
        "--db-dsn",
        "database_login",
        default="",
        metavar="DSN",
        help="Your login for the database, used where no pod can query it; better set as DIAGNOSE_DB_DSN. "
        "Without a host the worker's host is used, through a port-forward.",
    ),
    *TEMPORAL,
    click.option("--no-exec", is_flag=True, help="Run nothing inside containers."),
    click.option(
        "--fail-on", type=click.Choice(["fail", "warn"]), default="fail", help="What closes a gate (default: fail)."
    ),
    from_environment("--config", type=OLD_FILE, help="Configuration (default: ./diagnose.toml)."),
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
SAME_NAME = (
    "namespace", "workload", "label", "container", "workflows", "profile", "only", "skip", "replay", "no_exec",
    "database_login", "temporal_address", "temporal_namespace",
)  # fmt: skip
"""The flags whose values a request has under the same name."""
WORKLOAD = from_environment(
    "--workload", default="", metavar="[KIND/]NAME", help="The workload, such as statefulset/db or its name alone."
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
    """Returns the display options that a command has."""
    verbose, progress = flags.get("verbose", False), flags.get("progress")
    return Display(no_color=flags["no_color"], ascii=flags["plain"], verbose=verbose, progress=progress)


def request(flags: dict[str, Any]) -> Request:
    """Returns the request of the flags that a command has."""
    return Request(
        context=flags["context"] or "",
        timeout_s=flags["timeout"] or 0.0,
        fail_on_warn=flags.get("fail_on") == "warn",
        allowed=frozenset(allowance for flag, allowance in ALLOWANCES.items() if flags.get(flag)),
        temporal_login=temporal_login(flags),
        **{name: flags[name] for name in SAME_NAME if name in flags},
    )


def temporal_login(flags: dict[str, Any]) -> TemporalLogin:
    """Returns how the flags let diagnose connect to Temporal."""
    return TemporalLogin(
        tls=bool(flags.get("temporal_tls")),
        ca=str(flags.get("temporal_tls_ca") or ""),
        certificate=str(flags.get("temporal_tls_cert") or ""),
        key=str(flags.get("temporal_tls_key") or ""),
        server_name=flags.get("temporal_server_name") or "",
        api_key_file=str(flags.get("temporal_api_key_file") or ""),
        environment=bool(flags.get("temporal_env")),
    )
