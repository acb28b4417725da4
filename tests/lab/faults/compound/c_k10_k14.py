"""A key is missing in a Secret, and a taint came later: one new pod has no container, others have no node."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.compound._pairs import neither
from tests.lab.faults.workload.k10_secret_key_absent import FAULT as KEY
from tests.lab.faults.workload.k14_taint import FAULT as TAINT
from tests.lab.shape import is_unschedulable

MORE = 5


def inject(lab: Lab) -> None:
    KEY.inject(lab)
    wait_until("the key is missed", lambda: KEY.settled(lab), seconds=90)
    lab.kubectl("taint", "nodes", "--all", "dedicated=x:NoSchedule", "--overwrite")
    lab.kubectl("-n", worker.NAMESPACE, "scale", worker.DEPLOYMENT, f"--replicas={MORE}")


def heal(lab: Lab) -> None:
    neither(KEY, TAINT)(lab)
    lab.kubectl("-n", worker.NAMESPACE, "scale", worker.DEPLOYMENT, f"--replicas={worker.REPLICAS}")


FAULT = Fault(
    id="C-K10-K14",
    title="A key is missing in a Secret, and all nodes are tainted",
    inject=inject,
    # In a rollout most of the pods that a Deployment is scaled up by are of its old template.
    settled=lambda lab: is_unschedulable(lab, "untolerated taint", whatever_template=True),
    heal=heal,
    causes=(*KEY.causes, *TAINT.causes),
    names=(*KEY.names, *TAINT.names),
)
