"""Pods of a higher priority class took the nodes of a web server's (koordinator-sh/koordinator#1405)."""

from tests.lab.cluster import JsonObject, Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHOP

NAME = "night-batch"
# Below those of all other pods of the lab, which must not be the victims.
CLASSES = {"shop-web": -10, "shop-batch": 1000}
CPU = "900m"
IMAGE = "docker.io/lab/busybox:1"


def inject(lab: Lab) -> None:
    kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass"}
    SHOP.apply(lab, *({**kind, "metadata": {"name": name}, "value": value} for name, value in CLASSES.items()))
    container: JsonObject = {"name": "web", "resources": {"requests": {"cpu": CPU}}}
    low = {"priorityClassName": "shop-web", "containers": [container]}
    recreate = {"$retainKeys": ["type"], "type": "Recreate"}
    SHOP.patch(lab, "deployment/catalog", {"spec": {"strategy": recreate, "template": {"spec": low}}})
    lab.kubectl("-n", SHOP.namespace, "rollout", "status", "deployment/catalog", "--timeout=50s")
    container = {"name": "batch", "image": IMAGE, "command": ["sleep", "3600"], "resources": {"requests": {"cpu": CPU}}}
    high = {"priorityClassName": "shop-batch", "terminationGracePeriodSeconds": 1, "containers": [container]}
    labels = {"app": NAME}
    template = {"metadata": {"labels": labels}, "spec": high}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    SHOP.apply(lab, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME}, "spec": spec})


def is_preempted(lab: Lab) -> bool:
    """Whether both pods were ended for others, and those that replace them wait for a node."""
    events = [each.get("message", "") for each in lab.items(SHOP.namespace, "events")]
    waiting = [pod for pod in SHOP.pods(lab, "catalog") if not pod["spec"].get("nodeName")]
    return len(waiting) >= 2 and any(each.startswith("Preempted by") for each in events)


def heal(lab: Lab) -> None:
    lab.kubectl("-n", SHOP.namespace, "delete", "deployment", NAME, "--ignore-not-found")
    lab.kubectl("delete", "priorityclass", *CLASSES, "--ignore-not-found")


FAULT = Fault(
    id="Z21",
    title="Pods of a higher priority take the place of a web server's",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: is_preempted(lab) and SHOP.is_older(lab, NAME, 15),
    heal=heal,
    causes=("workload.preempted",),
    names=(NAME, "shop-batch"),
)
