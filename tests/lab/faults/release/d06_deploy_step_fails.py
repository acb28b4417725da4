"""A step of the workflow that deploys failed before anything was changed: the worker is as it was."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines


def inject(lab: Lab) -> None:
    _pipelines.run(lab, _pipelines.DEPLOY, image_tag="5a1e7002", namespace=worker.NAMESPACE, lab_fail="helm-upgrade")


FAULT = Fault(
    id="D06",
    title="A step of the workflow that deploys failed",
    inject=inject,
    settled=worker.is_healthy,
    heal=_pipelines.remove,
    causes=("argo.deploy-failed",),
    names=("helm-upgrade", "exit code 2"),
    command=("gate", "--phase", "post"),
)
