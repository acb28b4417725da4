"""The pods name a ServiceAccount that does not exist."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_creation_refused

NAME = "worker-identity"


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"serviceAccountName": NAME}})


FAULT = Fault(
    id="X03",
    title="The ServiceAccount does not exist",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "serviceaccount"),
    heal=nothing,
    causes=("workload.service-account-not-found",),
    names=(NAME,),
)
