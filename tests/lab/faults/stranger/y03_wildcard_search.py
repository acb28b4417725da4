"""A search domain with a wildcard record answers first for long names of Services (openshift/origin#17316)."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger._names import WILDCARD, add_to_dns
from tests.lab.faults.workload import _dns
from tests.lab.shape import crashes_saying

DOMAIN = "apps.corp.example"


def inject(lab: Lab) -> None:
    add_to_dns(lab, WILDCARD)
    worker.patch_template(lab, {"spec": {"dnsConfig": {"searches": [DOMAIN]}}})


FAULT = Fault(
    id="Y03",
    title="A search domain of the template answers for every name",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "10.90.0.80:6432"),
    heal=_dns.restore,
    causes=("network.resolved-elsewhere",),
    names=("pgbouncer", DOMAIN),
    timeout_s=180.0,
    stranger=True,
)
