"""The canary's Deployment has a label more than the shop's own one, and no requests."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _scaling
from tests.lab.scene import SHOP

NAME, CANARY = "storefront", "storefront-canary"


def inject(lab: Lab) -> None:
    labels = {"app": NAME, "track": "canary"}
    template = lab.item(SHOP.namespace, "deployment", NAME)["spec"]["template"]
    template["metadata"]["labels"] = labels
    template["spec"]["containers"][0].pop("resources")
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": CANARY, "namespace": SHOP.namespace},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }
    _scaling.apply(lab, deployment, _scaling.autoscaler(NAME, SHOP.namespace))


FAULT = Fault(
    id="Y08c",
    title="The autoscaler of a Deployment counts the pods of its canary, which have no request",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: _scaling.misses_request(lab, SHOP.namespace, NAME),
    heal=lambda lab: lab.kubectl("-n", SHOP.namespace, "delete", "hpa", NAME, "--ignore-not-found"),
    causes=("scaling.selects-other-pods",),
    names=(CANARY,),
    timeout_s=150.0,
    stranger=True,
)
