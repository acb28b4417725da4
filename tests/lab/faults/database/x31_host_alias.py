"""The pod's own hosts file sends the database's name to an address where nothing is."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying

HOST = "pgbouncer.msp.svc.cluster.local"
ADDRESS = "10.90.0.1"


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"spec": {"hostAliases": [{"ip": ADDRESS, "hostnames": [HOST]}]}})


FAULT = Fault(
    id="X31",
    title="hostAliases send the database's name to another address",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, f"ECONNREFUSED {ADDRESS}"),
    heal=nothing,
    causes=("network.host-overridden",),
    names=(HOST, ADDRESS),
)
