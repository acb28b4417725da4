"""The rollout strategy lets all pods be missing."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault


def set_strategy(lab: Lab, surge: int | str, missing: int | str) -> None:
    strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}}
    lab.patch(worker.NAMESPACE, "deployment", worker.NAME, {"spec": {"strategy": strategy}})


FAULT = Fault(
    id="S10",
    title="A rollout that may end all pods at once",
    inject=lambda lab: set_strategy(lab, 1, "100%"),
    settled=lambda _: True,
    heal=lambda lab: set_strategy(lab, 1, 0),
    causes=("scaling.rollout-takes-all",),
    names=("temporal-worker", "all its 3 pods"),
    command=("gate", "--phase", "pre"),
    warns=True,
)
