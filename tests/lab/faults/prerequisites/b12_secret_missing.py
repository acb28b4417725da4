"""The new version takes a variable from a Secret that does not exist."""

from tests.lab.cluster import JsonObject
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, has_manifest, set_variable, write_manifest

SECRET = "keys-of-tomorrow"


def change(deployment: JsonObject) -> None:
    source = {"secretKeyRef": {"name": SECRET, "key": "API_KEY"}}
    set_variable(deployment, "STRIPE_SECRET_KEY", valueFrom=source)


FAULT = Fault(
    id="B12",
    title="Before a deploy: a Secret of the manifest does not exist",
    inject=lambda lab: write_manifest(lab, change),
    settled=has_manifest,
    heal=nothing,
    causes=("secrets.secret-not-found",),
    names=(SECRET, "STRIPE_SECRET_KEY"),
    command=(*WITH_MANIFEST, "--secret-names"),
)
