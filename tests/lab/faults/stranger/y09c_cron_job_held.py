"""The program of the run is done, a shipper of logs beside it is not, and no further run begins."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _waiting
from tests.lab.scene import SHOP

NAME, SIDECAR = "refresh-prices", "log-shipper"


def inject(lab: Lab) -> None:
    container = _waiting.sidecar(SIDECAR)
    pod = {"template": {"spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}}}
    SHOP.patch(lab, f"cronjob/{NAME}", {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": pod}}})


def is_settled(lab: Lab) -> bool:
    """Whether the program of a run has ended, and the time of the next run has passed."""
    for pod in SHOP.pods(lab, NAME):
        states = {each["name"]: each["state"] for each in pod["status"].get("containerStatuses", [])}
        ended = states.get("import", {}).get("terminated", {}).get("finishedAt")
        if SIDECAR in states and "running" in states[SIDECAR] and ended:
            return (datetime.now(UTC) - datetime.fromisoformat(ended)).total_seconds() > 65
    return False


def heal(lab: Lab) -> None:
    held = [each["metadata"]["name"] for each in lab.items(SHOP.namespace, "jobs") if each["status"].get("active")]
    if held:
        lab.kubectl("-n", SHOP.namespace, "delete", "job", *held)


FAULT = Fault(
    id="Y09c",
    title="A run of a CronJob is kept from its end by a sidecar, so no further one begins",
    scene=SHOP,
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("workload.job-held-by-sidecar",),
    names=(NAME, SIDECAR),
    timeout_s=200.0,
    stranger=True,
)
