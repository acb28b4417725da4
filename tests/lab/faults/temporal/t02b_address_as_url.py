"""The Temporal address is written as a URL."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.temporal._temporal import ADDRESS
from tests.lab.shape import crashes_saying

URL = f"http://{ADDRESS}"


def inject(lab: Lab) -> None:
    worker.set_env(lab, f"TEMPORAL_ADDRESS={URL}")


FAULT = Fault(
    id="T02b",
    title="The Temporal address is a URL",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Invalid address for Temporal gRPC endpoint"),
    heal=nothing,
    causes=("temporal.address-malformed",),
    names=(URL,),
)
