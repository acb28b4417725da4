"""The Deployment is scaled below the autoscaler's minimum, which the autoscaler corrects."""

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _autoscaler


def inject(lab: Lab) -> None:
    _forget(lab)
    lab.kubectl("-n", worker.NAMESPACE, "scale", worker.DEPLOYMENT, f"--replicas={worker.REPLICAS - 1}")


def is_settled(lab: Lab) -> bool:
    desired = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["replicas"]
    return desired == worker.REPLICAS and bool(_events(lab))


def _events(lab: Lab) -> list[JsonObject]:
    found = lab.items(worker.NAMESPACE, "events")
    return [each for each in found if each["reason"] == "SuccessfulRescale" and "MinReplicas" in each["message"]]


def _forget(lab: Lab) -> None:
    """The event would be seen for an hour."""
    for each in _events(lab):
        lab.kubectl("-n", worker.NAMESPACE, "delete", "event", each["metadata"]["name"])


FAULT = Fault(
    id="S02",
    title="A scaling by hand that the autoscaler undoes",
    inject=inject,
    settled=is_settled,
    heal=_forget,
    causes=("scaling.count-undone",),
    names=(_autoscaler.NAME, "fewer pods"),
    command=("audit",),
    warns=True,
)
