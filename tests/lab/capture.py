"""Dumps what a cluster shows of a fault into a folder: objects as JSON, logs as text."""

import json
from pathlib import Path

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab

KINDS = ("pods", "events", "deployments", "replicasets", "services", "horizontalpodautoscalers", "resourcequotas")
DEPENDENCIES = ("msp", "temporal", "vault", "kube-system")


def capture(lab: Lab, folder: Path) -> None:
    """Write everything about the worker and what it depends on, as it is now."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.log"):
        old.unlink()  # the log of a pod of an earlier capture must not pass for this one's
    for kind in KINDS:
        _write(folder / f"{kind}.json", lab.items(worker.NAMESPACE, kind))
    for namespace in DEPENDENCIES:
        _write(folder / f"endpointslices.{namespace}.json", lab.items(namespace, "endpointslices"))
        _write(folder / f"deployments.{namespace}.json", lab.items(namespace, "deployments"))
    _write(folder / "pods.vault.json", lab.items("vault", "pods"))
    for kind in ("mutatingwebhookconfigurations", "nodes"):
        _write(folder / f"{kind}.json", lab.items("", kind))
    for pod in worker.pods(lab):
        _capture_logs(lab, folder, pod)


def _capture_logs(lab: Lab, folder: Path, pod: JsonObject) -> None:
    name = pod["metadata"]["name"]
    for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
        for suffix, options in (("log", ()), ("previous.log", ("--previous",))):
            arguments = ("-n", worker.NAMESPACE, "logs", name, "-c", container["name"], "--timestamps", *options)
            text = lab.try_kubectl(*arguments)
            if text:
                (folder / f"{name}.{container['name']}.{suffix}").write_text(text)


def _write(path: Path, items: list[JsonObject]) -> None:
    path.write_text(json.dumps({"items": items}, indent=1))
