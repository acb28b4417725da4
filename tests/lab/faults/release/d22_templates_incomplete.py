"""The WorkflowTemplate that builds the worker is gone, and nobody has noticed."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.release import _pipelines

KIND = "workflowtemplates.argoproj.io"


def inject(lab: Lab) -> None:
    stored = lab.item(_pipelines.NAMESPACE, KIND, _pipelines.BUILD)
    stored["metadata"] = {"name": _pipelines.BUILD, "namespace": _pipelines.NAMESPACE}
    lab.memory[KIND] = json.dumps(stored)
    lab.kubectl("-n", _pipelines.NAMESPACE, "delete", KIND, _pipelines.BUILD)


def heal(lab: Lab) -> None:
    if KIND in lab.memory:
        lab.kubectl("apply", "-f", "-", stdin=lab.memory[KIND])


FAULT = Fault(
    id="D22",
    title="The template of the build is gone",
    inject=inject,
    settled=worker.is_healthy,
    heal=heal,
    causes=("argo.templates-incomplete",),
    names=(_pipelines.BUILD,),
    command=("audit", "--only", "argo"),
    warns=True,
)
