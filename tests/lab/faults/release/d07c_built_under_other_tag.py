"""The image was built under another tag than the one that is deployed."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines
from tests.lab.faults.release.d07_build_skipped import deploy, settled

COMMIT = "9c7db3e24f60819203a4b5c6d7e8f90a1b2c3d4e"
TAG = "2026-11-release"


def inject(lab: Lab) -> None:
    _pipelines.run(lab, _pipelines.BUILD, commit_sha=COMMIT)
    deploy(lab, TAG)


FAULT = Fault(
    id="D07c",
    title="The image was built under another tag",
    inject=inject,
    settled=settled,
    heal=_pipelines.remove,
    causes=("argo.image-other-tag",),
    names=(TAG, COMMIT[:8]),
)
