"""A Vault role takes logins from another network than the pods' one (canonical/vault-k8s-operator#582)."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.shape import agent_says


def inject(lab: Lab) -> None:
    vault_server.vault(lab, "write", f"auth/kubernetes/role/{vault_server.ROLE}", "token_bound_cidrs=10.244.0.0/16")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    vault_server.vault(lab, "delete", f"auth/kubernetes/role/{vault_server.ROLE}")
    vault_server.write_role(lab)


FAULT = Fault(
    id="R12",
    title="A Vault role takes logins from another network",
    stranger=True,
    inject=inject,
    settled=lambda lab: agent_says(lab, "Code: 403"),
    heal=heal,
    causes=("vault.address-not-bound",),
    names=(vault_server.ROLE,),
)
