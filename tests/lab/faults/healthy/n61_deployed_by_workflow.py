"""A workflow has built and deployed the running version, which the gate expects."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines


def inject(lab: Lab) -> None:
    image = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["spec"]["containers"][0]["image"]
    tag = image.rpartition(":")[2]
    _pipelines.run(lab, _pipelines.BUILD, commit_sha=tag)
    _pipelines.run(lab, _pipelines.DEPLOY, image_tag=tag, namespace=worker.NAMESPACE)


FAULT = Fault(
    id="N61",
    title="Deployed by a workflow, and expected",
    inject=inject,
    settled=worker.is_healthy,
    heal=_pipelines.remove,
    causes=(),
    command=("gate", "--phase", "post", "--helm-history"),
    timeout_s=300.0,
)
