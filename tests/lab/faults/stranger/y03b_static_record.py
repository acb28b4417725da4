"""A record of a migration in CoreDNS's hosts block gives Temporal's name an address of before."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger._names import add_to_dns
from tests.lab.faults.workload import _dns
from tests.lab.shape import crashes_saying

HOST, ADDRESS = "temporal-frontend.temporal.svc.cluster.local", "10.90.0.81"
BLOCK = f"""\
    hosts {{
        {ADDRESS} {HOST}
        fallthrough
    }}
"""


def inject(lab: Lab) -> None:
    add_to_dns(lab, BLOCK)
    worker.restart(lab)


FAULT = Fault(
    id="Y03b",
    title="A static record of cluster DNS hides the address of Temporal's Service",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "Temporal connection failed"),
    heal=_dns.restore,
    causes=("network.resolved-elsewhere",),
    names=("temporal-frontend", ADDRESS),
    timeout_s=240.0,
    stranger=True,
)
