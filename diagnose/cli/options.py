"""The options that several commands share, and the request that they result in."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from diagnose.cli import completion_values
from diagnose.cli.command import Option
from diagnose.cli.output import Destination, Display, parse_destination
from diagnose.queries.cluster_access import ClusterAccess
from diagnose.queries.temporal_login import TemporalLogin
from diagnose.target.request import Allowance, Request
from diagnose.text import durations
from reports import RENDERERS

A_DAY_S, A_YEAR_S = 86_400.0, 366 * 86_400.0


class Duration(click.ParamType[float]):
    """`90s`, `5m`, `1h30m`, or a number of seconds; the value is in seconds."""

    name = "duration"

    def __init__(self, least_s: float = 0.0, most_s: float = A_YEAR_S) -> None:
        self.least_s, self.most_s = least_s, most_s

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parses the duration into seconds."""
        seconds = value if isinstance(value, float) else durations.parse(str(value))
        if seconds is None:
            self.fail(f"{value!r} is not a duration; use 90s, 5m or 1h30m", param, ctx)
        if not self.least_s <= seconds <= self.most_s:
            bound = f"at least {self.least_s:g}s" if seconds < self.least_s else f"at most {self.most_s / 3600:g}h"
            self.fail(f"{value!r} must be {bound}", param, ctx)
        return seconds


class LabelSelector(click.ParamType[str]):
    """A label selector, as `kubectl -l` takes it."""

    name = "selector"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Returns the text of a selector that can be parsed."""
        # The resources take time to import, which help and completion need not wait for.
        from diagnose.resources import selectors

        try:
            selectors.parse(value)
        except selectors.SelectorError as error:
            self.fail(str(error), param, ctx)
        return value


F = TypeVar("F", bound=Callable[..., Any])
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
OLD_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


WORKLOAD_GROUP, CLUSTER, RUN, OUTPUT, LOGINS = "Workload", "Cluster", "Run", "Output", "Login"
"""The groups of options in a help text."""


def option(*names: str, group: str = "", **settings: Any) -> Callable[[F], F]:
    """Returns an option of a group."""
    return click.option(*names, cls=Option, group=group, **settings)


def from_environment(*names: str, **settings: Any) -> Callable[[F], F]:
    """Returns an option that DIAGNOSE_… with the name of its flag sets, too, as its help shows."""
    flag = next(each for each in names if each.startswith("--"))
    variable = f"DIAGNOSE_{flag.removeprefix('--').replace('-', '_').upper()}"
    return option(*names, envvar=variable, show_envvar=True, **settings)


def checks_option(name: str, **settings: Any) -> Callable[[F], F]:
    """Returns an option that selects checks and topics."""
    complete = completion_values.checks
    return option(name, multiple=True, metavar="ID|TOPIC", shell_complete=complete, group=RUN, **settings)


def report_options(formats: tuple[str, ...] = tuple(RENDERERS)) -> tuple[Callable[[F], F], ...]:
    """Returns the options that request reports: one on stdout, and any number of files."""
    complete = completion_values.formats(formats)
    return (
        option(
            "-o",
            "--output",
            default="",
            metavar="FORMAT",
            group=OUTPUT,
            shell_complete=complete,
            help=f"What stdout gets: {', '.join(formats)} (default: {formats[0]}).",
        ),
        option(
            "--report",
            "reports",
            multiple=True,
            metavar="FORMAT[=PATH]",
            group=OUTPUT,
            shell_complete=complete,
            help="Write a report to a file in one of these formats; repeatable. Without PATH it is that of stdout.",
        ),
    )


NO_COLOR = option(
    "--no-color", is_flag=True, group=OUTPUT, help="No colours, as with NO_COLOR; FORCE_COLOR has them in a pipe, too."
)
ASCII = option("--ascii", "plain", is_flag=True, group=OUTPUT, help="Only ASCII characters.")
VERBOSE = option("-v", "--verbose", count=True, group=OUTPUT, help="List every check; twice (-vv), the timeline, too.")
TIMELINE = option("--timeline", is_flag=True, group=OUTPUT, help="Show the timeline.")
QUIET = option("-q", "--quiet", is_flag=True, group=OUTPUT, help="Print one line, and nothing on stderr but errors.")
PROGRESS = option(
    "--progress/--no-progress", default=None, group=OUTPUT, help="A live count on stderr (default: on a terminal)."
)
PAGE = (NO_COLOR, ASCII)
"""The options of what is printed on a terminal."""
CONFIG = from_environment("--config", type=OLD_FILE, group=RUN, help="Configuration (default: ./diagnose.toml).")
ACCESS = (
    option(
        "--kubeconfig",
        type=OLD_FILE,
        group=CLUSTER,
        help="Kubeconfig to use (default: the files of KUBECONFIG, else ~/.kube/config).",
    ),
    from_environment(
        "--context",
        default=None,
        group=CLUSTER,
        shell_complete=completion_values.contexts,
        help="Context of the kubeconfig (default: the current one).",
    ),
    option("--as", "as_user", default="", metavar="USER", group=CLUSTER, help="User to impersonate in every request."),
    option(
        "--as-group",
        "as_groups",
        multiple=True,
        metavar="GROUP",
        group=CLUSTER,
        help="Group to impersonate, with --as; repeatable.",
    ),
    option(
        "--request-timeout",
        type=Duration(most_s=A_DAY_S),
        default=0.0,
        metavar="DURATION",
        group=CLUSTER,
        help="How long one request to the API server may take; 0 is as long as the run may.",
    ),
)
"""How the API server is accessed."""
NAMESPACE = from_environment(
    "-n",
    "--namespace",
    default="",
    group=WORKLOAD_GROUP,
    shell_complete=completion_values.namespaces,
    help="Namespace of the worker (default: that of the context).",
)
SELECTOR = from_environment(
    "-l",
    "--selector",
    type=LabelSelector(),
    default="",
    metavar="SELECTOR",
    group=WORKLOAD_GROUP,
    help="Label selector of the workload, as kubectl takes it: app=worker,tier in (a,b),!canary.",
)
PROFILE = from_environment(
    "--profile",
    default="",
    metavar="NAME",
    group=WORKLOAD_GROUP,
    shell_complete=completion_values.profiles,
    help="What kind of workload it is: temporal-worker, or generic for any other.",
)
TIMEOUT = from_environment(
    "--timeout",
    type=Duration(1, A_DAY_S),
    default=None,
    metavar="DURATION",
    group=RUN,
    help="How long the whole run may take: 90s, 5m (default 60s).",
)
NO_EXEC = option("--no-exec", is_flag=True, group=RUN, help="Run nothing inside containers.")
TEMPORAL = (
    from_environment(
        "--temporal-address",
        default="",
        metavar="HOST:PORT",
        group=LOGINS,
        help="The worker's Temporal, where its environment does not state it.",
    ),
    from_environment("--temporal-namespace", default="", metavar="NAME", group=LOGINS, help="Its namespace, likewise."),
    from_environment("--temporal-tls", is_flag=True, group=LOGINS, help="Connect to it over TLS."),
    from_environment("--temporal-tls-ca", type=OLD_FILE, group=LOGINS, help="The authority of its certificate."),
    from_environment("--temporal-tls-cert", type=OLD_FILE, group=LOGINS, help="Your client certificate for it."),
    from_environment("--temporal-tls-key", type=OLD_FILE, group=LOGINS, help="The key of that certificate."),
    from_environment(
        "--temporal-server-name", default="", group=LOGINS, help="The name in its certificate, where not its host's."
    ),
    from_environment(
        "--temporal-api-key-file", type=OLD_FILE, group=LOGINS, help="Your API key, only sent over verified TLS."
    ),
    from_environment(
        "--temporal-env",
        is_flag=True,
        group=LOGINS,
        help="Use TEMPORAL_... of your environment, as Temporal's SDKs read it.",
    ),
)
"""How to connect to Temporal."""
OPTIONS = (
    NAMESPACE,
    SELECTOR,
    from_environment(
        "--container", default="", group=WORKLOAD_GROUP, help="The worker's container, where it is ambiguous."
    ),
    PROFILE,
    *ACCESS,
    TIMEOUT,
    option("--replay", type=OLD_FILE, group=RUN, help="Replay a recording, without a cluster."),
    checks_option("--only", help="Only these checks and what they require; repeatable."),
    checks_option("--skip", help="Not these checks; repeatable.", envvar="DIAGNOSE_SKIP", show_envvar=True),
    NO_EXEC,
    option(
        "--secret-names",
        is_flag=True,
        group=RUN,
        help="Also list the Secrets' names and ages (needs `list secrets`), no value.",
    ),
    option(
        "--helm-history",
        is_flag=True,
        group=RUN,
        help="Read the release's Helm records too; needs the right to list Secrets, and stores none of their values.",
    ),
    option(
        "--workflows",
        default="",
        metavar="NAMESPACE",
        group=RUN,
        help="Where Argo Workflows build and deploy (default: argo).",
    ),
    option(
        "--fail-on",
        type=click.Choice(["fail", "warn"]),
        default="fail",
        group=RUN,
        help="What closes a gate (default: fail).",
    ),
    CONFIG,
    *report_options(),
    option("--record", type=NEW_FILE, group=OUTPUT, help="Record all answers of the cluster in this file."),
    VERBOSE,
    TIMELINE,
    QUIET,
    PROGRESS,
    *PAGE,
    from_environment(
        "--db-dsn",
        "database_login",
        default="",
        metavar="DSN",
        group=LOGINS,
        help="Your login for the database, used where no pod can query it; better set as DIAGNOSE_DB_DSN. "
        "Without a host the worker's host is used, through a port-forward.",
    ),
    *TEMPORAL,
)

ALLOWANCES = {
    "registry": Allowance.REGISTRY,
    "secret_names": Allowance.SECRET_NAMES,
    "helm_history": Allowance.HELM_HISTORY,
}
SAME_NAME = (
    "namespace", "workload", "selector", "container", "workflows", "profile", "only", "skip", "replay", "no_exec",
    "database_login", "temporal_address", "temporal_namespace",
)  # fmt: skip
"""The flags whose values a request has under the same name."""
WORKLOAD = from_environment(
    "--workload",
    default="",
    metavar="[KIND/]NAME",
    group=WORKLOAD_GROUP,
    help="The workload, such as statefulset/db or its name alone.",
)


def shared(*names: str) -> list[Callable[[F], F]]:
    """Returns those of the shared options that set these parameters."""
    return [each for each in OPTIONS if _parameter(each) in names]


def _parameter(option: Callable[..., Any]) -> str:
    """Returns the parameter that a click decorator adds."""

    def probe() -> None:
        """Carries the option."""

    option(probe)
    added: click.Parameter = vars(probe)["__click_params__"][0]
    return str(added.name)


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


def destinations(flags: dict[str, Any], formats: Iterable[str] = RENDERERS) -> tuple[Destination, ...]:
    """Returns the requested reports; the console by default.

    Raises:
        click.UsageError: there is no such format, or stdout would get two.
    """
    if "=" in flags["output"]:
        raise click.UsageError(f"-o is the format of stdout; write a file with --report {flags['output']}")
    given = [*filter(None, [flags["output"]]), *flags["reports"]] or ["console"]
    found = tuple(parse_destination(each, formats) for each in given)
    if len(several := [each.format for each in found if each.path is None]) > 1:
        raise click.UsageError(
            f"stdout takes one report, not {' and '.join(several)}; write the other to a file: --report FORMAT=FILE"
        )
    return found


def display(flags: dict[str, Any]) -> Display:
    """Returns the display options that a command has.

    Raises:
        click.UsageError: they exclude each other.
    """
    if flags.get("quiet") and flags.get("verbose"):
        raise click.UsageError("-q prints one line and -v every check; use one of them")
    return Display(
        no_color=flags["no_color"],
        ascii=flags["plain"],
        verbose=bool(flags.get("verbose")),
        timeline=flags.get("verbose", 0) > 1 or flags.get("timeline", False),
        quiet=flags.get("quiet", False),
        progress=flags.get("progress"),
    )


def access(flags: dict[str, Any]) -> ClusterAccess:
    """Returns how the flags let diagnose access the API server.

    Raises:
        click.UsageError: a group is impersonated without a user.
    """
    if flags["as_groups"] and not flags["as_user"]:
        raise click.UsageError("--as-group requires --as USER")
    return ClusterAccess(
        kubeconfig=str(flags["kubeconfig"] or ""),
        user=flags["as_user"],
        groups=flags["as_groups"],
        request_timeout_s=flags["request_timeout"],
    )


def request(flags: dict[str, Any]) -> Request:
    """Returns the request of the flags that a command has."""
    return Request(
        context=flags["context"] or "",
        access=access(flags),
        timeout_s=flags.get("timeout") or 0.0,
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
