"""Vault's server ends at its start; its Service offers it all the same, because it offers pods that are not ready."""

from tests.lab import vault_server, worker
from tests.lab.cluster import JsonObject, Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import start_server
from tests.lab.shape import BACK_OFF, agent_says

CONFIG = "-config=/vault/config/server.hcl"
ABSENT = "-config=/vault/config/absent.hcl"


def inject(lab: Lab) -> None:
    _command(lab, ABSENT)
    worker.restart(lab)


def heal(lab: Lab) -> None:
    _command(lab, CONFIG)
    # A StatefulSet does not replace a pod that never became ready.
    lab.kubectl("-n", vault_server.NAMESPACE, "delete", "pod", "vault-0", "--grace-period=1", "--ignore-not-found")
    start_server(lab)


def is_settled(lab: Lab) -> bool:
    return _waits(lab.item(vault_server.NAMESPACE, "pod", "vault-0")) and agent_says(lab, "connection refused")


def _command(lab: Lab, config: str) -> None:
    container = {"name": "vault", "command": ["vault", "server", config]}
    change = {"spec": {"template": {"spec": {"containers": [container]}}}}
    lab.patch(vault_server.NAMESPACE, "statefulset", "vault", change)


def _waits(pod: JsonObject) -> bool:
    states = (each["state"] for each in pod["status"].get("containerStatuses", []))
    return any(state.get("waiting", {}).get("reason") == BACK_OFF for state in states)


FAULT = Fault(
    id="V28f",
    title="Vault's server crashes at its start",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("vault.refused",),
    names=("vault-0", BACK_OFF),
)
