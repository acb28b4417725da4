"""Checks that the address of Temporal is HOST:PORT; gRPC clients reject a URL at once."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.network.hostnames import is_local
from diagnose.domain.temporal.queries import correct_address, temporal_of
from diagnose.model.report import Finding
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

MALFORMED = Code(
    id="temporal.address-malformed",
    meaning="The address of Temporal is not HOST:PORT, but a URL or another value that the client rejects.",
    fix="Set the address to HOST:PORT, without scheme and path.",
)
LOCAL = Code(
    id="temporal.host-local",
    meaning="The address of Temporal is the pod itself, and the pod template has no other container that could serve "
    "it, so the worker connects to nothing.",
    fix="Set the address to that of Temporal's frontend.",
)
EMBEDDED = "The image runs a server itself, or an admission webhook adds a container that does: no pod runs to see it."
_ADDRESS = lazy(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding where the value is no address."""
    variable = temporal_of(ctx).address_variable
    known = ctx.target.known["temporal.address"]
    value = known.value
    name = variable or f"Temporal's address ({known.source})"
    if _ADDRESS.fullmatch(value):
        if is_local(temporal_of(ctx).host) and not ctx.target.sidecars and not ctx.target.current_pods:
            yield _local(ctx, name, value, variable)
        return
    yield MALFORMED.finding(
        f'{name} is "{truncate(value, 90)}", which is not of the form HOST:PORT, so the client refuses it.',
        correct_address(ctx, meant(value)),
        subjects=(f"variable/{variable}",) if variable else (),
        pods=ctx.target.pods_with_same(variable),
        evidence=(
            ctx.record_evidence("pod template", f"{name}={truncate(value, 120)}"),
            *ctx.logged("temporal.unreachable")[:2],
        ),
    )


def _local(ctx: Context, name: str, value: str, variable: str) -> Finding:
    """Returns the finding that no pod is there yet to serve its own address."""
    return LOCAL.finding(
        f"{name} is {value}, the pod itself, where no container of the pod template serves Temporal.",
        correct_address(ctx, "RIGHT_HOST:7233"),
        subjects=(f"variable/{variable}",) if variable else (),
        evidence=(ctx.record_evidence("pod template", f"{name}={truncate(value, 120)}"),),
        alternatives=(EMBEDDED,),
    )


def meant(value: str) -> str:
    """Returns the probably intended address."""
    bare = value.strip("\"' ")
    host = (urlsplit(bare).netloc if "://" in bare else bare.split("/")[0]).rpartition("@")[2]
    return host if _ADDRESS.fullmatch(host) else "RIGHT_HOST:7233"


ADDRESS_FORMED = Check(
    id="temporal.address-formed",
    title="Temporal's address is a host and a port",
    stage=stages.TEMPORAL_ADDRESS,
    run=run,
    codes=(MALFORMED, LOCAL),
    occasions=PREREQUISITES,
    reads=optional(WORKER_LOGS),
)
