"""The version that is deployed crashes, and the one that is to come mends it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, write_manifest
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    write_manifest(lab)
    worker.set_env(lab, "NEXTAUTH_SECRET-", "LOG_LEVEL=INFO")


FAULT = Fault(
    id="N33",
    title="The version before crashes; the manifest mends it",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Required Configuration Missing"),
    heal=nothing,
    causes=(),
    command=WITH_MANIFEST,
)
