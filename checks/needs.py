"""What the worker must be able to connect to, by what its environment and annotations say."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from diagnose.check.api import Context
from diagnose.domain.network.network_policies import DNS_HOST, DNS_PORT
from diagnose.domain.vault.queries import vault_address
from diagnose.queries.query import CannotLookError
from diagnose.target.pod_template import literal
from diagnose.target.survey_plan import vault_endpoint


@dataclass(frozen=True, kw_only=True)
class Need:
    """One end that the worker connects to."""

    name: str
    host: str
    port: int
    protocol: str = "TCP"


def needs(ctx: Context) -> tuple[Need, ...]:
    """All that is named; of several names for one end the first."""
    found = {(each.host, each.port): each for each in reversed(tuple(_needs(ctx)))}
    return tuple(reversed(found.values()))


def _needs(ctx: Context) -> Iterator[Need]:
    target = ctx.target
    yield Need(name="DNS", host=DNS_HOST, port=DNS_PORT, protocol="UDP")
    if target.vault.wanted or target.vault.sourced:
        try:
            end = vault_endpoint(vault_address(ctx))
        except CannotLookError as error:
            ctx.could_not(str(error))
            end = None
        if end:
            yield Need(name="Vault", host=end[0], port=end[1])
    if database := target.database:
        yield Need(name="the database", host=database.host, port=database.port)
        yield Need(name="the admin database", host=database.admin_host, port=database.admin_port)
    if temporal := target.temporal:
        yield Need(name="Temporal", host=temporal.host, port=temporal.port)
    if redis := literal(target.container, "REDIS_HOST"):
        port = literal(target.container, "REDIS_PORT")
        yield Need(name="Redis", host=redis, port=int(port) if port.isdigit() else 6379)
    if end := _of_url(literal(target.container, "APPLICATION_URL")):
        yield Need(name="the application", host=end[0], port=end[1])


def _of_url(url: str) -> tuple[str, int] | None:
    """Host and port of a web address, None where it has none."""
    return vault_endpoint(url) if urlsplit(url).scheme in {"http", "https"} else None
