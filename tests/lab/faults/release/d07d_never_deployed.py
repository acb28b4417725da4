"""An image was built and never deployed."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines

COMMIT = "ad8ec4f35071920314b5c6d7e8f90a1b2c3d4e5f"


def inject(lab: Lab) -> None:
    _pipelines.run(lab, _pipelines.BUILD, commit_sha=COMMIT)


FAULT = Fault(
    id="D07d",
    title="An image was built and never deployed",
    inject=inject,
    settled=worker.is_healthy,
    heal=_pipelines.remove,
    causes=("argo.never-deployed",),
    names=(COMMIT[:8],),
    command=("audit", "--only", "argo"),
    warns=True,
)
