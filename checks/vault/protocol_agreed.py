"""Checks that Vault speaks the protocol of its address, TLS or plain HTTP."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import VAULT_QUERY, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.vault.agents import correct_address, require_agent, users
from diagnose.domain.vault.queries import route_to_vault
from diagnose.domain.vault.status import seal_status
from diagnose.model.report import Finding

OTHER = Code(
    id="vault.tls-not-spoken",
    meaning="One side speaks HTTP and the other HTTPS.",
    fix="Correct the scheme of Vault's address in the annotation vault.hashicorp.com/service or in the injector's "
    "environment.",
)
# The messages of Go's server and of Python's client.
PLAIN_TO_TLS = "HTTP request to an HTTPS server"
TLS_TO_PLAIN = ("wrong version number", "record layer failure")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by an answer in the other protocol, else by the agents' logs."""
    require_agent(ctx)
    reported = tuple(ctx.signature_findings())
    yield from ctx.detail(lambda: tuple(_other_protocol(ctx))) or reported


def _other_protocol(ctx: Context) -> Iterator[Finding]:
    """Yields the finding about an answer in another protocol than that of the address."""
    address, route = route_to_vault(ctx)
    detail = seal_status(ctx, address, route).detail
    if PLAIN_TO_TLS in detail:
        speaks, requested = "TLS", "plain HTTP"
    elif any(text in detail.lower() for text in TLS_TO_PLAIN):
        speaks, requested = "plain HTTP", "TLS"
    else:
        return
    scheme = "https" if speaks == "TLS" else "http"
    right = f"{scheme}://{address.partition('://')[2]}"
    yield OTHER.finding(
        f"Vault speaks {speaks}, but by its address {address} the agents use {requested}, so no login succeeds.",
        correct_address(ctx, right),
        subjects=(f"host/{address}",),
        pods=users(ctx, address),
        evidence=(ctx.record_evidence(f"Vault at {address}", detail),),
    )


PROTOCOL_AGREED = Check(
    id="vault.protocol-agreed",
    title="Vault speaks the protocol of its address",
    stage=stages.VAULT_PROTOCOL,
    run=run,
    codes=(OTHER,),
    occasions=PREREQUISITES,
    reads=optional(VAULT_QUERY, WORKER_LOGS),
)
