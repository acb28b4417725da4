"""The cluster has all that a first install needs, and nothing of it yet."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, WITH_TOKEN, has_manifest, rename, write_manifest

FAULT = Fault(
    id="N32",
    title="Healthy, before a first install",
    inject=lambda lab: write_manifest(lab, rename),
    settled=has_manifest,
    heal=nothing,
    causes=(),
    command=(*WITH_MANIFEST, "--secret-names"),
    environment=WITH_TOKEN,
)
