"""Code that node loads before the program: it stands in for faults in code that no release of the worker has."""

import json

from tests.lab import worker
from tests.lab.cluster import Lab

NAME = "worker-preload"
FOLDER = "/preload"
FILE = "preload.cjs"

# Workers of webpack and of Temporal's SDK load it, too, and must not fail in its place.
MAIN_THREAD = "if (!require('node:worker_threads').isMainThread) return;\n"

WHEN_LISTENING = """\
function whenListening(then) {
  const timer = setInterval(() => {
    const socket = require('node:net').connect(8080, '127.0.0.1', () => {
      socket.destroy();
      clearInterval(timer);
      then();
    });
    socket.on('error', () => {});
  }, 500);
}
"""


def preload(lab: Lab, code: str) -> None:
    """Begin a rollout of workers that run this code first."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}, "data": {FILE: MAIN_THREAD + code}}
    lab.kubectl("-n", worker.NAMESPACE, "apply", "-f", "-", stdin=json.dumps(body))
    container = {
        "name": worker.NAME,
        "env": [{"name": "NODE_OPTIONS", "value": f"--require {FOLDER}/{FILE}"}],
        "volumeMounts": [{"name": NAME, "mountPath": FOLDER}],
    }
    volume = {"name": NAME, "configMap": {"name": NAME}}
    worker.patch_template(lab, {"spec": {"containers": [container], "volumes": [volume]}})


def forget(lab: Lab) -> None:
    """Take the code away; the Deployment's rollback ends its use."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "configmap", NAME, "--ignore-not-found")
