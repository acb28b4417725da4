"""Workloads whose pods wait in an init container for a Job, which they read from the API."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.lab.cluster import JsonObject, Lab

INIT = "wait-for-migration"
ROLE = "job-reader"
_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_SCRIPT = """\
url=https://kubernetes.default.svc/apis/batch/v1/namespaces/{namespace}/jobs/{job}
until {fetch} | grep -q '"succeeded": *1'; do echo "job {job} is not complete yet"; sleep 3; done
"""
_CURL = f'curl -s --cacert {_MOUNT}/ca.crt -H "Authorization: Bearer $(cat {_MOUNT}/token)" $url'
_PYTHON = f"""python -c 'import ssl, sys, urllib.request as r
token = open("{_MOUNT}/token").read()
context = ssl.create_default_context(cafile="{_MOUNT}/ca.crt")
request = r.Request(sys.argv[1], headers={{"Authorization": "Bearer " + token}})
print(r.urlopen(request, context=context).read().decode())' $url"""


def init_with_curl(image: str, namespace: str, job: str) -> dict[str, Any]:
    """An init container that waits for a Job, of an image with curl."""
    return _init(image, _SCRIPT.format(namespace=namespace, job=job, fetch=_CURL))


def init_with_python(image: str, namespace: str, job: str) -> dict[str, Any]:
    """An init container that waits for a Job, of an image with Python."""
    return _init(image, _SCRIPT.format(namespace=namespace, job=job, fetch=_PYTHON))


def _init(image: str, script: str) -> dict[str, Any]:
    return {"name": INIT, "image": image, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]}


def allow(lab: Lab, namespace: str, account: str) -> None:
    """Let an account read Jobs; `forbid` takes it back."""
    api = "rbac.authorization.k8s.io"
    meta = {"name": ROLE, "namespace": namespace}
    rules = [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]}]
    subjects = [{"kind": "ServiceAccount", "name": account, "namespace": namespace}]
    role = {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": meta, "rules": rules}
    reference = {"apiGroup": api, "kind": "Role", "name": ROLE}
    binding = {"apiVersion": f"{api}/v1", "kind": "RoleBinding", "metadata": meta, "subjects": subjects}
    for each in (role, {**binding, "roleRef": reference}):
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(each))


def forbid(lab: Lab, namespace: str) -> None:
    """Undo `allow`."""
    for kind in ("rolebinding", "role"):
        lab.kubectl("-n", namespace, "delete", kind, ROLE, "--ignore-not-found")


def migration(name: str, namespace: str, *sidecars: dict[str, Any], **template: Any) -> dict[str, Any]:
    """A Job whose program is done in some seconds, with further containers."""
    script = "echo applying 3 migrations; sleep 4; echo all migrations were executed"
    main = {"name": "migrate", "image": "docker.io/lab/busybox:1", "imagePullPolicy": "IfNotPresent"}
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, **template.pop("spec", {})}
    pod["containers"] = [{**main, "command": ["sh", "-c", script]}, *sidecars]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"backoffLimit": 2, "template": {**template, "spec": pod}},
    }


def sidecar(name: str) -> dict[str, Any]:
    """A container that never ends."""
    run = ["sh", "-c", f"echo {name} is ready for new connections; exec sleep 864000"]
    return {"name": name, "image": "docker.io/lab/busybox:1", "imagePullPolicy": "IfNotPresent", "command": run}


def has_waited(pods: list[JsonObject], *, seconds: float) -> bool:
    """Whether one of these pods has waited so long in the init container."""
    for pod in pods:
        for status in pod["status"].get("initContainerStatuses", []):
            since = status["state"].get("running", {}).get("startedAt")
            if status["name"] == INIT and since:
                return (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds() > seconds
    return False
