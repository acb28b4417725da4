"""The Vault server and its injector, as faults change them."""

import base64
import json

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until

NAMESPACE = "vault"
INJECTOR = "deployment/vault-agent-injector"
ROLE = "temporal-worker"
POLICY = "temporal-worker"
WORKER_SECRET = "alga-psa/temporal-worker"
SHARED_SECRET = "alga-psa/shared"

_SERVER = ("-n", NAMESPACE, "exec", "-i", "vault-0", "--")
_KEYS = "vault-unseal"


def vault(lab: Lab, *arguments: str, stdin: str | None = None) -> str:
    """What the Vault command prints, run in the server's pod as root."""
    token = f"VAULT_TOKEN={_key(lab, 'root-token')}"
    return lab.kubectl(*_SERVER, "env", token, "vault", *arguments, stdin=stdin)


def write_role(lab: Lab, *, service_account: str = "temporal-worker") -> None:
    """Make the worker's role, bound to a service account."""
    bound = (f"bound_service_account_names={service_account}", "bound_service_account_namespaces=msp")
    vault(lab, "write", f"auth/kubernetes/role/{ROLE}", *bound, f"policies={POLICY}", "ttl=24h")


def write_policy(lab: Lab, *paths: str) -> None:
    """Let the worker's policy read these secrets and no others."""
    rules = [f'path "secret/data/{path}" {{\n  capabilities = ["read"]\n}}\n' for path in paths]
    vault(lab, "policy", "write", POLICY, "-", stdin="".join(rules))


def remember_secret(lab: Lab, path: str) -> None:
    """Stores a secret's content, for `restore_secret`."""
    content = json.loads(vault(lab, "kv", "get", "-format=json", f"secret/{path}"))["data"]["data"]
    lab.memory[f"vault {path}"] = json.dumps(content)


def restore_secret(lab: Lab, path: str) -> None:
    """Writes what `remember_secret` stored as the newest version of the secret."""
    vault(lab, "kv", "put", f"secret/{path}", "-", stdin=lab.memory[f"vault {path}"])


def unseal(lab: Lab) -> None:
    """Open the sealed server with the key that its first start left in a Secret."""
    lab.kubectl(*_SERVER, "vault", "operator", "unseal", _key(lab, "unseal-key"))
    wait_until("vault-0 is ready", lambda: worker.is_ready(lab.item(NAMESPACE, "pod", "vault-0")), seconds=60)


def start_injector(lab: Lab) -> None:
    """Start the injector and wait until pods are really injected.

    A ready injector is not reachable yet for about a second, and pods made meanwhile stay without an agent.
    """
    lab.scale(NAMESPACE, INJECTOR, 1)
    wait_until("pods are injected", lambda: _is_injecting(lab), seconds=60)


def _is_injecting(lab: Lab) -> bool:
    annotations = {"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": ROLE}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "injection-check", "namespace": worker.NAMESPACE, "annotations": annotations},
        "spec": {"containers": [{"name": "main", "image": "docker.io/lab/busybox:1"}]},
    }
    create = ("create", "--dry-run=server", "-f", "-", "-o", "jsonpath={.spec.containers[*].name}")
    return "vault-agent" in lab.try_kubectl(*create, stdin=json.dumps(pod))


def _key(lab: Lab, name: str) -> str:
    encoded = lab.item(NAMESPACE, "secret", _KEYS)["data"][name]
    return base64.b64decode(encoded).decode()
