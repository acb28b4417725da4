"""Nothing is changed; the gate before a deploy is given all that it may ask for."""

from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, WITH_TOKEN, has_manifest, write_manifest

FAULT = Fault(
    id="N31",
    title="Healthy, before a deploy, with manifest and token",
    inject=write_manifest,
    settled=has_manifest,
    heal=nothing,
    causes=(),
    command=(*WITH_MANIFEST, "--secret-names"),
    environment=WITH_TOKEN,
)
