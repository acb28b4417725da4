"""How faults change the injector and what it puts into pods: annotations, the webhook, secrets of their own."""

import base64
import json
from collections.abc import Mapping

from tests.lab import vault_server, worker
from tests.lab.cluster import JsonObject, Lab, wait_until

WEBHOOK = "vault-agent-injector-cfg"
WEBHOOK_KIND = "mutatingwebhookconfiguration"
INJECTOR_ROLE = "vault-agent-injector-clusterrole"
SIDECAR = "vault-agent"
SERVICE = "vault-agent-injector-svc"
PORT, WRONG_PORT = 8080, 8089
PREFIX = "vault.hashicorp.com/"

_STORED_WEBHOOK = "webhook"
_STORED_ROLE = "role of the injector"


def annotate(lab: Lab, changes: Mapping[str, str | None]) -> None:
    """Set or remove (None) annotations of the injector in the pod template, which begins a rollout."""
    notes = {f"{PREFIX}{name}": value for name, value in changes.items()}
    worker.patch_template(lab, {"metadata": {"annotations": notes}})


def template(path: str, line: str) -> str:
    """A template as the chart writes it: one line of shell, from one secret."""
    return f'{{{{- with secret "secret/data/{path}" -}}}}\n{line}\n{{{{- end }}}}\n'


def auth_key_from(path: str) -> dict[str, str]:
    """Annotations that make /vault/secrets/auth-key from another secret, as the chart makes it."""
    text = template(path, 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"')
    return {"agent-inject-secret-auth-key": f"secret/data/{path}", "agent-inject-template-auth-key": text}


def write_secret(lab: Lab, path: str, value: str) -> None:
    """Write a secret of the fault's own, which the worker's policy may read; the worker's own ones stay as they are."""
    vault_server.write_policy(lab, vault_server.WORKER_SECRET, vault_server.SHARED_SECRET, path)
    change_secret(lab, path, value)


def change_secret(lab: Lab, path: str, value: str) -> None:
    """Give a secret a new version."""
    vault_server.vault(lab, "kv", "put", f"secret/{path}", "-", stdin=json.dumps({"alga_auth_key": value}))


def forget_secret(lab: Lab, path: str) -> None:
    """Undo `write_secret`."""
    vault_server.write_policy(lab, vault_server.WORKER_SECRET, vault_server.SHARED_SECRET)
    vault_server.vault(lab, "kv", "metadata", "delete", f"secret/{path}")


def fail_closed(lab: Lab) -> None:
    """Let the API server refuse pods that it cannot show to the injector."""
    _replace_in_webhook(lab, "failurePolicy", "Fail")


def fail_open(lab: Lab) -> None:
    """Undo `fail_closed`."""
    _replace_in_webhook(lab, "failurePolicy", "Ignore")


def distrust(lab: Lab) -> None:
    """Give the webhook another CA than the injector's, which may no longer correct it."""
    role = lab.item("", "clusterrole", INJECTOR_ROLE)
    lab.memory[_STORED_ROLE] = json.dumps(role["rules"])
    rules = [{**rule, "verbs": [verb for verb in rule["verbs"] if verb != "patch"]} for rule in role["rules"]]
    lab.patch("", "clusterrole", INJECTOR_ROLE, {"rules": rules})
    # The injector corrects the webhook at once for as long as it may.
    wait_until("the injector may not patch its webhook", lambda: not _may_patch(lab), seconds=30)
    other = lab.item("kube-system", "configmap", "kube-root-ca.crt")["data"]["ca.crt"]
    _replace_in_webhook(lab, "clientConfig/caBundle", base64.b64encode(other.encode()).decode())


def trust(lab: Lab) -> None:
    """Undo `distrust`: with its rights back the injector corrects the CA when it starts."""
    lab.patch("", "clusterrole", INJECTOR_ROLE, {"rules": json.loads(lab.memory[_STORED_ROLE])})
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0)
    vault_server.start_injector(lab)


def lead_astray(lab: Lab) -> None:
    """Let the injector's Service lead to a port that nobody listens on."""
    _lead_to(lab, WRONG_PORT)
    # The API server keeps its connections: those to the injector as it was must end.
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0)
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 1)


def lead_back(lab: Lab) -> None:
    """Undo `lead_astray`."""
    _lead_to(lab, PORT)
    vault_server.start_injector(lab)


def remove_webhook(lab: Lab) -> None:
    """Take the injector away as if it had never been installed."""
    stored = lab.item("", WEBHOOK_KIND, WEBHOOK)
    for name in ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"):
        stored["metadata"].pop(name, None)
    lab.memory[_STORED_WEBHOOK] = json.dumps(stored)
    lab.scale(vault_server.NAMESPACE, vault_server.INJECTOR, 0)
    lab.kubectl("delete", WEBHOOK_KIND, WEBHOOK)


def restore_webhook(lab: Lab) -> None:
    """Undo `remove_webhook`."""
    lab.kubectl("apply", "-f", "-", stdin=lab.memory[_STORED_WEBHOOK])
    vault_server.start_injector(lab)


def is_bare(pod: JsonObject) -> bool:
    """Whether a pod has no agent."""
    return all(each["name"] != SIDECAR for each in pod["spec"]["containers"])


def status_of(pod: JsonObject, container: str) -> JsonObject:
    """The status of a container, init containers included; nothing if it has none yet."""
    status = pod["status"]
    found: list[JsonObject] = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
    return next((each for each in found if each["name"] == container), {})


def was_killed_for_memory(lab: Lab, container: str) -> bool:
    """Whether this container of a new pod was ended for its memory limit, and waits to be started again."""
    return any(
        status.get("state", {}).get("waiting", {}).get("reason") == "CrashLoopBackOff"
        and status.get("lastState", {}).get("terminated", {}).get("reason") == "OOMKilled"
        for status in (status_of(pod, container) for pod in worker.new_pods(lab))
    )


def wait_ready(lab: Lab) -> JsonObject:
    """The first new pod, once it is ready."""
    ready: list[JsonObject] = []

    def is_one_ready() -> bool:
        ready[:] = [pod for pod in worker.new_pods(lab) if worker.is_ready(pod)]
        return bool(ready)

    wait_until("a new pod is ready", is_one_ready, seconds=150)
    return ready[0]


def _may_patch(lab: Lab) -> bool:
    account = f"--as=system:serviceaccount:{vault_server.NAMESPACE}:vault-agent-injector"
    return "yes" in lab.try_kubectl("auth", "can-i", "patch", f"{WEBHOOK_KIND}s", account)


def _lead_to(lab: Lab, port: int) -> None:
    change = {"spec": {"ports": [{"port": 443, "targetPort": port}]}}
    lab.patch(vault_server.NAMESPACE, "service", SERVICE, change)


def _replace_in_webhook(lab: Lab, name: str, value: str) -> None:
    change = [{"op": "replace", "path": f"/webhooks/0/{name}", "value": value}]
    lab.kubectl("patch", WEBHOOK_KIND, WEBHOOK, "--type=json", "-p", json.dumps(change))
