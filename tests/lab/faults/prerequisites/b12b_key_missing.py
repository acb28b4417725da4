"""The new version takes a variable from a key that its Secret does not have."""

from tests.lab.cluster import JsonObject
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, has_manifest, set_variable, write_manifest

KEY = "KEY_OF_TOMORROW"


def change(deployment: JsonObject) -> None:
    set_variable(deployment, "STRIPE_SECRET_KEY", valueFrom={"secretKeyRef": {"name": "db-credentials", "key": KEY}})


FAULT = Fault(
    id="B12b",
    title="Before a deploy: a Secret lacks a key of the manifest",
    inject=lambda lab: write_manifest(lab, change),
    settled=has_manifest,
    heal=nothing,
    causes=("secrets.key-not-found",),
    names=("db-credentials", KEY),
    command=(*WITH_MANIFEST, "--secret-names"),
)
