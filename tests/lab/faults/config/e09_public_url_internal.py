"""The URL for links in mails leads to a Service of the cluster."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.config._template import is_changed


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NEXT_PUBLIC_BASE_URL=http://alga-psa.msp.svc.cluster.local:3000")


FAULT = Fault(
    id="E09",
    title="Links in mails lead into the cluster",
    inject=inject,
    settled=is_changed,
    heal=nothing,
    causes=("config.url-internal",),
    names=(
        "NEXT_PUBLIC_BASE_URL",
        "alga-psa.msp.svc.cluster.local",
    ),
    command=("audit", "--only", "config"),
    replaces_pods=True,
    warns=True,
)
