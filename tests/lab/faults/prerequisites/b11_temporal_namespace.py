"""The new version is to work in a Temporal namespace that does not exist."""

from tests.lab.cluster import JsonObject
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, has_manifest, set_variable, write_manifest

NAMESPACE = "tomorrow"


def change(deployment: JsonObject) -> None:
    set_variable(deployment, "TEMPORAL_NAMESPACE", value=NAMESPACE)


FAULT = Fault(
    id="B11",
    title="Before a deploy: the Temporal namespace of the manifest does not exist",
    inject=lambda lab: write_manifest(lab, change),
    settled=has_manifest,
    heal=nothing,
    causes=("temporal.namespace-not-found",),
    names=(NAMESPACE,),
    command=WITH_MANIFEST,
)
