"""A policy lets only pods of Temporal's own namespace connect to it: the packets of new pods are dropped."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import SHIPPING

NAME = "own-namespace-only"
TEMPORAL = "temporal-legacy"


def inject(lab: Lab) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}
    metadata = {"name": NAME, "namespace": TEMPORAL}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(policy))
    SHIPPING.restart(lab, "deployment/parcel-worker")


def heal(lab: Lab) -> None:
    lab.kubectl("-n", TEMPORAL, "delete", "networkpolicy", NAME, "--ignore-not-found")


FAULT = Fault(
    id="W17",
    title="A policy at Temporal drops what a worker in Go sends",
    scene=SHIPPING,
    inject=inject,
    settled=lambda lab: SHIPPING.crashes(lab, "parcel-worker", "unable to create Temporal client"),
    heal=heal,
    causes=("temporal.timed-out",),
    names=(NAME,),
)
