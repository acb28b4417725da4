"""The pull secret was made like any other Secret, so the kubelet does not take it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.prerequisites._gate import WITH_MANIFEST, has_manifest, make_secret, write_manifest
from tests.lab.faults.prerequisites.b13_pull_secret_missing import SECRET, change


def inject(lab: Lab) -> None:
    make_secret(lab, SECRET, note="no login")
    write_manifest(lab, change)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "delete", "secret", SECRET, "--ignore-not-found")


FAULT = Fault(
    id="B13b",
    title="Before a deploy: the pull secret is of another type",
    inject=inject,
    settled=has_manifest,
    heal=heal,
    causes=("workload.pull-secret-unusable",),
    names=(SECRET, "kubernetes.io/dockerconfigjson"),
    command=(*WITH_MANIFEST, "--secret-names"),
)
