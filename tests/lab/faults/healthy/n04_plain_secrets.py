"""The worker is installed with Kubernetes' own Secrets, without the Vault agent."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.healthy import _install


def inject(lab: Lab) -> None:
    _install.upgrade(lab, *_install.plain_secrets(lab))


FAULT = Fault(
    id="N04",
    title="Healthy, with plain Secrets instead of the Vault agent",
    inject=inject,
    settled=_install.is_rolled_out,
    heal=_install.go_back,
    causes=(),
    timeout_s=300.0,
    replaces_pods=True,
)
