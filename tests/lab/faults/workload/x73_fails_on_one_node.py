"""What a program needs of its node is not on one of them; it ends without a word, and works on the other node."""

from tests.lab.cluster import JsonObject, Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

NODE, REPLICAS, RESTARTS = "lab-2", 6, 4
PROGRAM = f"import os, sys, shop.web; sys.exit(4) if os.environ['NODE'] == '{NODE}' else shop.web.main()"


def inject(lab: Lab) -> None:
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "catalog"}},
        "matchLabelKeys": ["pod-template-hash"],
    }
    node = {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    container = {"name": "web", "command": ["python", "-c", PROGRAM], "env": [node]}
    spec = {"containers": [container], "topologySpreadConstraints": [spread]}
    # All pods are new at once, so that no older ones are left beside those that fail.
    strategy = {"type": "Recreate", "rollingUpdate": None}
    SHOP.patch(
        lab,
        "deployment/catalog",
        {"spec": {"replicas": REPLICAS, "strategy": strategy, "template": {"spec": spec}}},
    )


def is_settled(lab: Lab) -> bool:
    pods = SHOP.pods(lab, "catalog")
    failing = [pod for pod in pods if pod["spec"].get("nodeName") == NODE]
    ready = sum(status["ready"] for pod in pods for status in _statuses(pod) if pod not in failing)
    # Until then also the errors are over that callers had while all pods were replaced.
    repeated = all(status.get("restartCount", 0) >= RESTARTS for pod in failing for status in _statuses(pod))
    return len(pods) == REPLICAS and ready == REPLICAS - len(failing) and repeated


def _statuses(pod: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = pod["status"].get("containerStatuses", [])
    return found


FAULT = Fault(
    id="X73",
    title="A program ends silently on one of two nodes",
    scene=SHOP,
    inject=inject,
    settled=is_settled,
    heal=nothing,
    causes=("workload.differs-by-node",),
    names=(NODE, "3 of 3"),
    timeout_s=200.0,
)
