"""The new version's agents are to log in where Vault has no auth method."""

from tests.lab.cluster import JsonObject
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, WITH_TOKEN, has_manifest, template, write_manifest

MOUNT = "auth/tomorrow"


def change(deployment: JsonObject) -> None:
    template(deployment)["metadata"]["annotations"]["vault.hashicorp.com/auth-path"] = MOUNT


FAULT = Fault(
    id="B14",
    title="Before a deploy: Vault has no auth method at the manifest's path",
    inject=lambda lab: write_manifest(lab, change),
    settled=has_manifest,
    heal=nothing,
    causes=("vault.auth-path-not-found",),
    names=(MOUNT,),
    command=WITH_MANIFEST,
    environment=WITH_TOKEN,
)
