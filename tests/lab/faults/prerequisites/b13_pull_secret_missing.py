"""The new version names a pull secret that does not exist."""

from tests.lab.cluster import JsonObject
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, has_manifest, template, write_manifest

SECRET = "registry-login"


def change(deployment: JsonObject) -> None:
    template(deployment)["spec"]["imagePullSecrets"] = [{"name": SECRET}]


FAULT = Fault(
    id="B13",
    title="Before a deploy: the pull secret does not exist",
    inject=lambda lab: write_manifest(lab, change),
    settled=has_manifest,
    heal=nothing,
    causes=("workload.pull-secret-missing",),
    names=(SECRET,),
    command=(*WITH_MANIFEST, "--secret-names"),
)
