"""One pod was made while the injector was away for a moment; its siblings of the same template have their agent."""

from tests.lab import vault_server, worker
from tests.lab.cluster import JsonObject, Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.vault import _pods


def _bare(lab: Lab) -> list[JsonObject]:
    return [pod for pod in worker.pods(lab) if _pods.is_bare(pod) and "deletionTimestamp" not in pod["metadata"]]


def inject(lab: Lab) -> None:
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0)
    name = worker.pods(lab)[0]["metadata"]["name"]
    lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", name, "--wait=false")
    wait_until("a pod was made without an agent", lambda: bool(_bare(lab)), seconds=60)
    vault_server.start_injector(lab)


def is_settled(lab: Lab) -> bool:
    states = [_pods.status_of(pod, worker.NAME).get("state", {}) for pod in _bare(lab)]
    crashes = any(state.get("waiting", {}).get("reason") == "CrashLoopBackOff" for state in states)
    # The pod that was deleted takes part until its grace is over.
    return crashes and len(worker.pods(lab)) == worker.REPLICAS


def heal(lab: Lab) -> None:
    vault_server.start_injector(lab)
    for pod in _bare(lab):
        lab.kubectl("-n", worker.NAMESPACE, "delete", "pod", pod["metadata"]["name"], "--grace-period=1")


FAULT = Fault(
    id="V08",
    title="One pod was made while the Vault injector restarted",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("vault.pod-not-injected",),
    names=("2 of the same template",),
    replaces_pods=True,
)
