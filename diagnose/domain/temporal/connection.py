"""How the worker connects to Temporal, and what its frontend shows of itself in a TLS handshake."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from diagnose.check.api import Context
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.temporal import TemporalAnswer
from diagnose.queries.tls import Handshake
from diagnose.resources.meshes import PROXIES
from diagnose.target.facts import TemporalFacts
from diagnose.target.request import Allowance
from diagnose.target.target import Target
from diagnose.text.sentences import listed
from diagnose.text.times import to_text

CLOUD = (".tmprl.cloud", ".api.temporal.io")
DENIED = ("PERMISSION_DENIED", "UNAUTHENTICATED", "PermissionDenied", "Unauthenticated")


class Encryption(StrEnum):
    """Whether the worker connects over TLS."""

    TLS = "TLS"
    PLAIN = "plain text"
    UNKNOWN = "unknown"


def is_cloud(host: str) -> bool:
    """Whether a host is one of Temporal Cloud, which speaks TLS alone."""
    return host.lower().rstrip(".").endswith(CLOUD)


def encryption_of(target: Target, temporal: TemporalFacts) -> Encryption:
    """Returns whether the worker connects over TLS; its code may do that without a setting, and a proxy for it."""
    if temporal.tls.enabled:
        return Encryption.TLS
    containers = (each.name for pod in target.pods for each in pod.spec.all_containers)
    if PROXIES.intersection(containers):
        return Encryption.UNKNOWN
    is_plain = temporal.tls.enabled is False or target.profile.plain_client
    return Encryption.PLAIN if is_plain else Encryption.UNKNOWN


def uses_tls(target: Target, temporal: TemporalFacts) -> bool:
    """Whether a frontend is known to be reached over TLS."""
    return encryption_of(target, temporal) is Encryption.TLS or is_cloud(temporal.host)


def how_to_query(ctx: Context, temporal: TemporalFacts) -> str:
    """Returns which flags let diagnose connect as the worker does, whose credentials are not read."""
    if Allowance.TEMPORAL_LOGIN in ctx.target.request.allowed:
        return "the credentials given do not suffice"
    if temporal.tls.has_api_key:
        return "the worker's API key is not read; give yours by --temporal-api-key-file"
    if temporal.tls.has_certificate:
        return "the worker's certificate is not read; give yours by --temporal-tls-cert and --temporal-tls-key"
    return "give your credentials by --temporal-api-key-file, or --temporal-tls-cert and --temporal-tls-key"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A handshake, and where it was tried."""

    handshake: Handshake
    source: str
    vantage: Vantage

    @property
    def text(self) -> str:
        """The handshake as text."""
        shown = self.handshake
        until = f", valid until {to_text(shown.valid_until)}" if shown.valid_until else ""
        return f"TLS, certificate of {shown.issuer or 'an unnamed authority'} for {named(shown)}{until}"

    def evidence(self, ctx: Context) -> Evidence:
        """The handshake as evidence."""
        return ctx.record_evidence(self.source, self.text, self.vantage)


def named(shown: Handshake) -> str:
    """Returns the names of a certificate as text."""
    return listed(shown.names, 1) or "no name"


def handshakes(ctx: Context, temporal: TemporalFacts, answer: TemporalAnswer | None) -> Iterator[Shown]:
    """Yields the handshakes with the frontend: that of the query, and those of pods."""
    if answer and answer.handshake:
        yield Shown(handshake=answer.handshake, source=f"frontend {temporal.address}", vantage=Vantage.TUNNEL)
    for survey in ctx.covered(ctx.surveys, "the server itself was queried") or ():
        for each in survey.answer.handshakes:
            if each.shown and (each.host, each.port) == (temporal.host, temporal.port):
                source = f"pod {survey.pod.name}, {survey.container}"
                yield Shown(handshake=each.shown, source=source, vantage=Vantage.POD)
