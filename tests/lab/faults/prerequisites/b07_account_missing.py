"""The new version is to run as a service account that does not exist."""

from tests.lab.cluster import JsonObject
from tests.lab.fault import Fault, nothing
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, has_manifest, template, write_manifest

ACCOUNT = "worker-of-tomorrow"


def change(deployment: JsonObject) -> None:
    spec = template(deployment)["spec"]
    spec["serviceAccountName"] = ACCOUNT
    # A role is for an account, and it is not queried without a token.
    template(deployment)["metadata"]["annotations"] = {"vault.hashicorp.com/agent-inject": "false"}
    spec["containers"][0]["args"] = ["exec node dist/ee/temporal-workflows/src/worker.js"]
    secret = {"secretKeyRef": {"name": "alga-core-sebastian-secrets", "key": "NEXTAUTH_SECRET"}}
    spec["containers"][0]["env"].append({"name": "ALGA_AUTH_KEY", "valueFrom": secret})


FAULT = Fault(
    id="B07",
    title="Before a deploy: the service account of the manifest does not exist",
    inject=lambda lab: write_manifest(lab, change),
    settled=has_manifest,
    heal=nothing,
    causes=("workload.service-account-not-found",),
    names=(ACCOUNT,),
    command=WITH_MANIFEST,
)
