"""A program waits for a lease of a pod that is gone, which it may hold for a day (kubernetes-client/java#1011)."""

from datetime import UTC, datetime

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

NAME, LEASE, HOLDER = "stock-controller", "stock-controller-leader", "stock-controller-7c9d8b6f5d-x2x7q_3b1f"
SCRIPT = f"""
echo "I0101 00:00:00.000000       1 leaderelection.go:257] attempting to acquire leader lease shop/{LEASE}..."
while true; do
  echo "I0101 00:00:00.000000       1 leaderelection.go:355] lock is held by {HOLDER} and has not yet expired"
  sleep 10
done
"""


def inject(lab: Lab) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    held = {"holderIdentity": HOLDER, "leaseDurationSeconds": 86400, "acquireTime": now, "renewTime": now}
    SHOP.apply(
        lab, {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": LEASE}, "spec": held}
    )
    ready = {"exec": {"command": ["test", "-e", "/tmp/leader"]}, "periodSeconds": 5}
    SHOP.apply(lab, _shop.deployment(NAME, _shop.container(_shop.BUSYBOX, "sh", "-c", SCRIPT, readinessProbe=ready)))


FAULT = Fault(
    id="R26",
    title="A lease is held for a pod that is gone",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.is_older(lab, NAME, 60) and SHOP.is_unready(lab, NAME),
    heal=lambda lab: lab.kubectl("-n", SHOP.namespace, "delete", "lease", LEASE, "--ignore-not-found"),
    causes=("workload.lease-held",),
    names=(LEASE,),
)
