"""The addresses are of pods that are there, and are other programs: most connections are refused."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.stranger._services import add_addresses, remove_slice
from tests.lab.scene import BILLING, SHOP

SERVICE, SLICE = "ledger-db", "ledger-db-static"


def inject(lab: Lab) -> None:
    pods = [*SHOP.pods(lab, "catalog"), *SHOP.pods(lab, "storefront"), *SHOP.pods(lab, "carts")]
    addresses = tuple(pod["status"]["podIP"] for pod in pods)
    add_addresses(lab, BILLING.namespace, SERVICE, SLICE, "inventory-sync", addresses, ("postgres", 5432))
    BILLING.restart(lab, "statefulset/invoice-worker")


def is_settled(lab: Lab) -> bool:
    # A pod may get the right address by chance; the next one gets another.
    if BILLING.is_healthy(lab):
        BILLING.restart(lab, "statefulset/invoice-worker")
    return BILLING.crashes(lab, "invoice-worker", "refused")


FAULT = Fault(
    id="Y02c",
    title="The database's Service has addresses of another owner that are of other programs",
    scene=BILLING,
    inject=inject,
    settled=is_settled,
    heal=lambda lab: remove_slice(lab, BILLING.namespace, SLICE),
    causes=("network.endpoints-foreign",),
    names=(SERVICE, SLICE),
    timeout_s=180.0,
    stranger=True,
)
