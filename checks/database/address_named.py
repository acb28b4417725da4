"""Checks that the database's host and port are an address; the driver replaces invalid values by defaults."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKER_LOGS, route
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.database.logins import correct_part, database_of
from diagnose.domain.kubernetes.environment import list_step
from diagnose.domain.network.hostnames import is_local
from diagnose.domain.network.reachability import Reachability, Route, route_to
from diagnose.model.report import Finding
from diagnose.resources import Service
from diagnose.text.sentences import truncate

MALFORMED = Code(
    id="database.port-malformed",
    meaning="The variable of the database's port is not a number, so the driver uses 5432. Where the pod template has "
    "no DB_PORT, a Service named db in the namespace sets it to tcp://ADDRESS:PORT.",
    fix="Set the variable to the number of the port, and disable service links (enableServiceLinks: false).",
)
LOCAL = Code(
    id="database.host-local",
    meaning="The database's host is the pod itself, where no container listens on the port.",
    fix="Set the host to the name of the database's Service.",
)
EMBEDDED = "The image runs a server itself, or an admission webhook adds a container that does: no pod runs to see it."
WORKS = {Reachability.CONNECTED, Reachability.ENDPOINTS_READY}


def run(ctx: Context) -> Iterator[Finding]:
    """Yields values that are no address, where the default is not the database."""
    database = database_of(ctx)
    # Offline, the values alone are judged.
    offline = ctx.target.request.offline
    route = Route(state=Reachability.UNKNOWN) if offline else route_to(ctx, database.host, database.port)
    if route.state in WORKS:
        return
    name = database.variables.port
    variable = ctx.target.container.variable(name)
    value = variable.value.strip() if variable else _of_service(ctx, name)
    if value and not value.isdigit() and name != database.variables.url:
        link = "" if variable else f", set by Service {_service_of(name)} because the pod template has none"
        summary = f'{name} is "{truncate(value, 40)}"{link}, so the driver uses port {database.port}.'
        yield _finding(ctx, MALFORMED, summary, "port", route)
    elif not is_local(database.host):
        ctx.cover(route.missing, "the values of the template are an address")
    reported = () if offline else ctx.matches("database.port-reachable")
    refused = route.state is Reachability.REFUSED or any(each.groups.get("text") == "ECONNREFUSED" for each in reported)
    if is_local(database.host) and not ctx.target.sidecars and (refused or not ctx.target.current_pods):
        name = database.variables.host or "the database's host"
        summary = f"{name} is {database.host}, the pod itself, where nothing listens on port {database.port}."
        yield _finding(ctx, LOCAL, summary, "host", route, () if refused else (EMBEDDED,))


def _finding(
    ctx: Context, code: Code, summary: str, part: str, route: Route, alternatives: tuple[str, ...] = ()
) -> Finding:
    """Returns the finding about the host or the port."""
    database = database_of(ctx)
    return code.finding(
        summary,
        correct_part(ctx, database, part, f"RIGHT_{part.upper()}"),
        list_step(ctx),
        subjects=(f"variable/{getattr(database.variables, part)}",),
        pods=ctx.target.pods_with_same(*database.addressed_by),
        evidence=route.evidence,
        alternatives=alternatives,
    )


def _service_of(variable: str) -> str:
    """Returns the name of the Service for which Kubernetes sets a variable: db for DB_PORT."""
    return variable.removesuffix("_PORT").lower().replace("_", "-")


def _of_service(ctx: Context, variable: str) -> str:
    """Returns the value that Kubernetes sets for a Service, such as DB_PORT for one named db.

    See https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables.
    """
    if (
        ctx.target.request.offline
        or ctx.target.container.env_from
        or ctx.target.template.spec.enable_service_links is False
    ):
        return ""
    services = ctx.detail(lambda: ctx.list(Service, ctx.target.namespace)) or ()
    specs = (each.spec for each in services if each.name == _service_of(variable))
    with_address = (spec for spec in specs if spec.ports and spec.cluster_ip not in {"", "None"})
    return next((f"tcp://{spec.cluster_ip}:{spec.ports[0].port}" for spec in with_address), "")


ADDRESS_NAMED = Check(
    id="database.address-named",
    title="The database's host and port are an address",
    stage=stages.DATABASE_ADDRESS,
    run=run,
    codes=(MALFORMED, LOCAL),
    occasions=PREREQUISITES,
    reads=(*route(Scope.DATABASE), *optional(lists(Scope.OWN, Service), WORKER_LOGS)),
)
