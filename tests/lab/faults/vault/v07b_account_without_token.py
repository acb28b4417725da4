"""The service account says that its token is not mounted, and the pod template says nothing of it."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import is_creation_refused


def _automount(lab: Lab, desired: bool | None) -> None:
    lab.kubectl(
        "-n", worker.NAMESPACE, "patch", "serviceaccount", worker.NAME, "--type=merge",
        "-p", f'{{"automountServiceAccountToken": {"null" if desired is None else str(desired).lower()}}}',
    )  # fmt: skip


def inject(lab: Lab) -> None:
    _automount(lab, False)
    worker.patch_template(lab, {"spec": {"automountServiceAccountToken": None}})


FAULT = Fault(
    id="V07b",
    title="The service account does not let its token be mounted",
    inject=inject,
    settled=lambda lab: is_creation_refused(lab, "failed to find service account volume mount"),
    heal=lambda lab: _automount(lab, None),
    causes=("vault.token-not-mounted",),
    names=("automountServiceAccountToken", "temporal-worker"),
)
