"""Checks that TEMPORAL_ADDRESS is HOST:PORT; gRPC clients reject a URL at once."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.network.findings import set_variable
from diagnose.domain.temporal.queries import temporal_of
from diagnose.model.report import Finding
from diagnose.target.pod_template import literal
from diagnose.text.sentences import truncate

MALFORMED = Code(
    id="temporal.address-malformed",
    meaning="TEMPORAL_ADDRESS is not HOST:PORT, but a URL or another value that the client rejects.",
    fix="Set TEMPORAL_ADDRESS to HOST:PORT, without scheme and path.",
)
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding where the value is no address."""
    temporal_of(ctx)
    value = literal(ctx.target.container, "TEMPORAL_ADDRESS")
    if _ADDRESS.fullmatch(value):
        return
    yield MALFORMED.finding(
        f'TEMPORAL_ADDRESS is "{truncate(value, 90)}", which is no HOST:PORT, so the client refuses it.',
        set_variable(ctx, "TEMPORAL_ADDRESS", meant(value)),
        subjects=("variable/TEMPORAL_ADDRESS",),
        pods=ctx.target.pods_with_same("TEMPORAL_ADDRESS"),
        evidence=(
            ctx.record_evidence("pod template", f"TEMPORAL_ADDRESS={truncate(value, 120)}"),
            *ctx.logged("temporal.unreachable")[:2],
        ),
    )


def meant(value: str) -> str:
    """Returns the probably intended address."""
    bare = value.strip("\"' ")
    host = (urlsplit(bare).netloc if "://" in bare else bare.split("/")[0]).rpartition("@")[2]
    return host if _ADDRESS.fullmatch(host) else "RIGHT_HOST:7233"


ADDRESS_FORMED = Check(
    id="temporal.address-formed",
    title="TEMPORAL_ADDRESS is a host and a port",
    stage=stages.TEMPORAL_ADDRESS,
    run=run,
    codes=(MALFORMED,),
    vital=True,
    occasions=PREREQUISITES,
    reads=optional(WORKER_LOGS),
)
