"""DNS runs and is ready, and answers every question with SERVFAIL."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.workload import _dns
from tests.lab.shape import agent_says, crashes_saying

FAILING = """\
.:53 {
    errors
    health
    ready
    template ANY ANY . {
        rcode SERVFAIL
    }
    prometheus :9153
}
"""


def inject(lab: Lab) -> None:
    _dns.configure(lab, FAILING)
    worker.restart(lab)


FAULT = Fault(
    id="K26b",
    title="Cluster DNS answers SERVFAIL",
    inject=inject,
    settled=lambda lab: agent_says(lab, "server misbehaving") or crashes_saying(lab, "EAI_AGAIN"),
    heal=_dns.restore,
    causes=("network.dns-failing",),
    names=("kube-dns",),
    timeout_s=180.0,
)
