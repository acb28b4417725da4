"""The port of the probe is not the one that the program serves."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import BILLING


def inject(lab: Lab) -> None:
    probe = {"tcpSocket": {"port": 9099}}
    container = {"readinessProbe": probe, "livenessProbe": None}
    BILLING.patch_container(lab, "statefulset/invoice-worker", "worker", container)


FAULT = Fault(
    id="W31",
    title="A StatefulSet is stuck at its last ordinal: its probe asks a port where nothing listens",
    scene=BILLING,
    inject=inject,
    settled=lambda lab: (
        BILLING.is_unready(lab, "invoice-worker-1") and BILLING.has_event(lab, "invoice-worker-1", "9099", times=5)
    ),
    heal=nothing,
    causes=("health.port-mismatch",),
    names=("9099",),
)
