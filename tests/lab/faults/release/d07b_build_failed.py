"""The build of the image failed, and its tag was deployed all the same."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines
from tests.lab.faults.release.d07_build_skipped import deploy, settled

COMMIT = "8b6ca2d13e5f7091a2b3c4d5e6f708192a3b4c5d"


def inject(lab: Lab) -> None:
    _pipelines.run(lab, _pipelines.BUILD, commit_sha=COMMIT, lab_fail="push-image")
    deploy(lab, COMMIT[:8])


FAULT = Fault(
    id="D07b",
    title="The build failed, and its tag was deployed",
    inject=inject,
    settled=settled,
    heal=_pipelines.remove,
    causes=("argo.build-failed",),
    names=("push-image", COMMIT[:8]),
)
