"""The Temporal address leads to a TLS proxy before the real frontend; the worker speaks without TLS."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.temporal._temporal import NAMESPACE, remove_pod, run_server
from tests.lab.faults.vault._server_tls import make_certificates
from tests.lab.shape import crashes_saying

NAME = "temporal-tls"


def inject(lab: Lab) -> None:
    made = make_certificates(f"{NAME}.{NAMESPACE}.svc.cluster.local")
    address = run_server(lab, NAME, "tls", files={"tls.crt": made.certificate, "tls.key": made.key})
    worker.set_env(lab, f"TEMPORAL_ADDRESS={address}")


FAULT = Fault(
    id="T04",
    title="A TLS proxy stands before the Temporal frontend, and the worker speaks without TLS",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Failed to connect before the deadline"),
    heal=lambda lab: remove_pod(lab, NAME),
    causes=("temporal.tls-expected",),
    names=(NAME, "TLS"),
)
