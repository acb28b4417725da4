"""The machine's own search domain, which its new pods get, has a wildcard record; the other node has none."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger import _pods
from tests.lab.faults.stranger._names import WILDCARD, add_to_dns, restore_search, search_on
from tests.lab.faults.workload import _dns
from tests.lab.shape import crashes_saying

NODE, DOMAIN = "lab-2", "lab.corp.example"


def inject(lab: Lab) -> None:
    search_on(lab, NODE, DOMAIN)
    add_to_dns(lab, WILDCARD)
    _pods.restart_on(lab, NODE)


def heal(lab: Lab) -> None:
    restore_search(lab, NODE)
    _dns.restore(lab)


FAULT = Fault(
    id="Y03d",
    title="A search domain of one node answers for every name",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "10.90.0.80:6432"),
    heal=heal,
    causes=("network.resolved-elsewhere",),
    names=("pgbouncer", DOMAIN),
    timeout_s=180.0,
    stranger=True,
)
