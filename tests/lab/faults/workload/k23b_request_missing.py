"""A container of the pod requests no CPU: the autoscaler cannot work out its use as a share of the request."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing

REQUEST, LIMIT = (f"vault.hashicorp.com/agent-{kind}-cpu" for kind in ("requests", "limits"))


def inject(lab: Lab) -> None:
    # A limit alone would count as the request, too.
    worker.patch_template(lab, {"metadata": {"annotations": {REQUEST: "", LIMIT: ""}}})


def is_settled(lab: Lab) -> bool:
    events = lab.items(worker.NAMESPACE, "events")
    return worker.is_healthy(lab) and any("missing request for cpu" in each.get("message", "") for each in events)


FAULT = Fault(
    id="K23b",
    title="The agent's container requests no CPU, which the autoscaler needs",
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("scaling.request-missing",),
    names=("vault-agent", "cpu"),
    timeout_s=300.0,
    replaces_pods=True,
)
