"""The servers that a target connects to: the known dependencies, and what further settings name."""

from collections.abc import Iterator

import msgspec

from diagnose.check.api import Context
from diagnose.domain.network.named_hosts import hosts_of, is_near, route_of, service_of_host
from diagnose.domain.network.reachability import Route, route_to
from diagnose.domain.vault.queries import route_to_vault
from diagnose.target.survey_plan import vault_endpoint


class End(msgspec.Struct, frozen=True, kw_only=True):
    """A server that a target connects to, as a sentence names it, and the route there.

    Attributes:
        is_known: whether it is a dependency of the target, which it needs, and not only a host that a setting names.
    """

    name: str
    host: str
    port: int
    route: Route
    is_known: bool = True


def vault_end(ctx: Context) -> End | None:
    """Returns Vault, None where it is not used.

    Raises:
        NoAnswerError: its address is not known.
    """
    if not (ctx.target.vault.requested or ctx.target.vault.sourced):
        return None
    address, route = route_to_vault(ctx)
    end = vault_endpoint(address)
    return End(name="Vault", host=end[0], port=end[1], route=route) if end else None


def server_ends(ctx: Context) -> Iterator[End]:
    """Yields the database, as the server of the main login, and Temporal."""
    for name, server in (("the database", ctx.target.database), ("Temporal", ctx.target.temporal)):
        if server:
            yield End(name=name, host=server.host, port=server.port, route=route_to(ctx, server.host, server.port))


def named_ends(ctx: Context, covered_by: str) -> Iterator[End]:
    """Yields the hosts near the target that its settings name; `covered_by` is what counts where no pod could try."""
    surveys = ctx.covered(ctx.surveys, by=covered_by) or ()
    for each in hosts_of(ctx):
        if each.port and is_near(each.host, ctx.target.namespace):
            _, route = route_of(ctx, each, surveys, service_of_host(ctx, each, surveys))
            yield End(name=each.host, host=each.host, port=each.port, route=route, is_known=False)


def admin_end(ctx: Context) -> End | None:
    """Returns the server of the database's admin login, None where it is that of the main one."""
    database = ctx.target.database
    admin = database.admin if database else None
    if admin is None or database is None or admin.server == database.server:
        return None
    host, port = admin.server
    return End(name="the database's admin login", host=host, port=port, route=route_to(ctx, host, port))
