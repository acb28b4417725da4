"""The addresses that a target connects to, as its pod template and its profile name them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from diagnose.check.api import Context
from diagnose.domain.network.dns import dns_host
from diagnose.domain.network.network_policies import DNS_PORT
from diagnose.domain.vault.queries import vault_address
from diagnose.target.pod_template import literal
from diagnose.target.survey_plan import vault_endpoint


class EgressDestination(msgspec.Struct, frozen=True, kw_only=True):
    """One address that the worker connects to; `source` is where it is set, "" where no variable alone sets it."""

    name: str
    host: str
    port: int
    protocol: str = "TCP"
    source: str = ""


def destinations(ctx: Context) -> tuple[EgressDestination, ...]:
    """Returns all destinations of the pod template; of several names for one address the first."""
    found = {(each.host, each.port): each for each in reversed(tuple(_destinations(ctx)))}
    return tuple(reversed(found.values()))


def _destinations(ctx: Context) -> Iterator[EgressDestination]:
    target = ctx.target
    yield EgressDestination(name="DNS", host=dns_host(ctx), port=DNS_PORT, protocol="UDP")
    if target.vault.requested or target.vault.sourced:
        address = ctx.attempt(lambda: vault_address(ctx))
        if end := vault_endpoint(address or ""):
            yield EgressDestination(name="Vault", host=end[0], port=end[1])
    if database := target.database:
        yield EgressDestination(name="the database", host=database.host, port=database.port)
        if database.admin:
            yield EgressDestination(name="the admin database", host=database.admin.host, port=database.admin.port)
    if temporal := target.temporal:
        yield EgressDestination(name="Temporal", host=temporal.host, port=temporal.port)
    for service in target.profile.quiet_services:
        if host := literal(target.container, service.host):
            port = literal(target.container, service.port)
            number = int(port) if port.isdigit() else service.default_port
            named = f"{service.host} is {host}, {service.port} is {port or f'not set ({number} by default)'}"
            yield EgressDestination(name=service.name, host=host, port=number, source=named)
    for name in target.profile.own_urls:
        url = literal(target.container, name)
        if urlsplit(url).scheme in {"http", "https"} and (end := vault_endpoint(url)):
            yield EgressDestination(name="the application", host=end[0], port=end[1], source=f"{name} is {url}")
