"""Vault's kubernetes auth method as faults change it, and servers beside the lab's own one."""

import json
from typing import Any

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab, wait_until

MOUNT = "auth/kubernetes"
REVIEWER = "vault-server-binding"
SERVER = "statefulset/vault"
API = "https://kubernetes.default.svc"
ADDRESS = "http://vault.vault.svc:8200"
ANNOTATION = "vault.hashicorp.com/"


def annotate(lab: Lab, **values: str) -> None:
    """Set annotations of the injector in the worker's template (`_` stands for `-`), which begins a rollout."""
    notes = {f"{ANNOTATION}{name.replace('_', '-')}": value for name, value in values.items()}
    worker.patch_template(lab, {"metadata": {"annotations": notes}})


def configure(lab: Lab, *settings: str, mount: str = MOUNT) -> None:
    """Write the auth method's configuration anew; what is not named gets its default."""
    given = {setting.partition("=")[0] for setting in settings}
    host = () if "kubernetes_host" in given else (f"kubernetes_host={API}",)
    vault_server.vault(lab, "write", f"{mount}/config", *host, *settings)


def restore_auth(lab: Lab) -> None:
    """Have the auth method enabled, configured for this cluster, and with the worker's role."""
    if "kubernetes/" not in json.loads(vault_server.vault(lab, "auth", "list", "-format=json")):
        vault_server.vault(lab, "auth", "enable", "kubernetes")
    configure(lab)
    vault_server.write_role(lab)


def start_server(lab: Lab) -> None:
    """Have the server run and open; each start leaves it sealed, so it does not become ready by itself."""
    inside = ("-n", vault_server.NAMESPACE, "exec", "vault-0", "--", "vault", "status")
    lab.kubectl("-n", vault_server.NAMESPACE, "scale", SERVER, "--replicas=1")
    wait_until("vault-0 answers", lambda: "Sealed" in lab.try_kubectl(*inside), seconds=120)
    vault_server.unseal(lab)


def image(lab: Lab) -> str:
    """The image of the lab's Vault server."""
    found: str = lab.item(vault_server.NAMESPACE, "statefulset", "vault")["spec"]["template"]["spec"]["containers"][0][
        "image"
    ]
    return found


def run_pod(lab: Lab, name: str, container: dict[str, Any], *, files: dict[str, str] | None = None) -> None:
    """Run a pod in Vault's namespace with a Service of its name in front; files lie below /lab."""
    lab.kubectl(
        "apply",
        "-f",
        "-",
        stdin=json.dumps(
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [
                    _object("ConfigMap", name, data=files or {}),
                    _object(
                        "Service",
                        name,
                        spec={"selector": {"app": name}, "ports": [{"port": 8200}], "publishNotReadyAddresses": True},
                    ),
                    _pod(name, container),
                ],
            }
        ),
    )
    wait_until(f"{name} runs", lambda: is_running(lab, name), seconds=60)


def is_running(lab: Lab, name: str) -> bool:
    """Whether the containers of such a pod are ready."""
    return worker.is_ready(lab.item(vault_server.NAMESPACE, "pod", name))


def remove_pods(lab: Lab, *names: str) -> None:
    """Take away what `run_pod` made."""
    things = [f"{kind}/{name}" for name in names for kind in ("pod", "service", "configmap")]
    lab.kubectl(
        "-n", vault_server.NAMESPACE, "delete", *things, "--ignore-not-found", "--grace-period=1", "--wait=false"
    )


def _pod(name: str, container: dict[str, Any]) -> dict[str, Any]:
    return _object(
        "Pod",
        name,
        labels={"app": name},
        spec={
            "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsUser": 100, "runAsGroup": 1000},
            "containers": [
                {
                    "name": "main",
                    "volumeMounts": [{"name": "files", "mountPath": "/lab"}, {"name": "data", "mountPath": "/data"}],
                    **container,
                }
            ],
            "volumes": [{"name": "files", "configMap": {"name": name}}, {"name": "data", "emptyDir": {}}],
        },
    )


def _object(kind: str, name: str, labels: dict[str, str] | None = None, **parts: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": vault_server.NAMESPACE, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **parts}
