"""Vault reviews tokens with a token of its own configuration, whose service account is gone."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import configure, restore_auth
from tests.lab.shape import agent_says

ACCOUNT = "lab-reviewer"
IN_VAULT = ("-n", vault_server.NAMESPACE)


def inject(lab: Lab) -> None:
    lab.kubectl(*IN_VAULT, "create", "serviceaccount", ACCOUNT)
    token = lab.kubectl(*IN_VAULT, "create", "token", ACCOUNT).strip()
    lab.kubectl(*IN_VAULT, "delete", "serviceaccount", ACCOUNT)
    configure(lab, f"token_reviewer_jwt={token}")
    worker.restart(lab)


def heal(lab: Lab) -> None:
    restore_auth(lab)
    lab.kubectl(*IN_VAULT, "delete", "serviceaccount", ACCOUNT, "--ignore-not-found")


FAULT = Fault(
    id="V15",
    title="Vault's token_reviewer_jwt is no longer valid",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=heal,
    causes=("vault.reviewer-token-invalid",),
    names=("token_reviewer_jwt", "auth/kubernetes"),
)
