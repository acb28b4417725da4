"""The workflow that deploys names a WorkflowTemplate that is gone."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines

KIND = "workflowtemplates.argoproj.io"


def inject(lab: Lab) -> None:
    stored = lab.item(_pipelines.NAMESPACE, KIND, _pipelines.DEPLOY)
    stored["metadata"] = {"name": _pipelines.DEPLOY, "namespace": _pipelines.NAMESPACE}
    lab.memory[KIND] = json.dumps(stored)
    lab.kubectl("-n", _pipelines.NAMESPACE, "delete", KIND, _pipelines.DEPLOY)
    name = _pipelines.submit(lab, _pipelines.DEPLOY, image_tag="5a1e7003", namespace=worker.NAMESPACE)
    wait_until("the workflow ends", lambda: _pipelines.phase(lab, name) not in _pipelines.OPEN, seconds=120)


def heal(lab: Lab) -> None:
    _pipelines.remove(lab)
    if KIND in lab.memory:
        lab.kubectl("apply", "-f", "-", stdin=lab.memory[KIND])


FAULT = Fault(
    id="D06b",
    title="The workflow that deploys names a template that is gone",
    inject=inject,
    settled=worker.is_healthy,
    heal=heal,
    causes=("argo.template-missing",),
    names=(_pipelines.DEPLOY,),
    command=("gate", "--phase", "post"),
)
