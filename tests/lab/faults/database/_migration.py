"""A Job that runs knex's migrations in the worker's image, as a release does before it rolls the worker out."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.faults.database._postgres import CREDENTIALS

JOB = "lab-migrate"
_SCRIPT = """
const fs = require("fs"), folder = "/tmp/migrations/";
const { APPLIED, NEXT, STATEMENT, DB_HOST: host, DB_PASSWORD_SUPERUSER: password } = process.env;
const write = (name, up) => fs.writeFileSync(folder + name, `exports.down = async () => {}; exports.up = ${up};`);
fs.mkdirSync(folder);
for (const name of APPLIED.split(" ")) write(name, "async () => {}");
write(NEXT, `(db) => db.raw(${JSON.stringify(STATEMENT)})`);
const knex = require("module").createRequire(process.cwd() + "/")("knex");
const connection = { host, user: "postgres", password, database: "server" };
const db = knex({ client: "pg", connection, migrations: { directory: folder } });
db.migrate.latest().then(
  ([batch, done]) => { console.log(`Batch ${batch} run: ${done.length} migrations`); process.exit(0); },
  (error) => { console.error(error.message); process.exit(1); });
"""


def migrate(lab: Lab, applied: list[str], *, following: str, statement: str = "SELECT 1") -> None:
    """Begin a run with a file for each applied migration, and one more with a statement of its own."""
    image = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["spec"]["containers"][0]["image"]
    values = {"DB_HOST": "db", "APPLIED": " ".join(applied), "NEXT": following, "STATEMENT": statement}
    container = {
        "name": "migrate",
        "image": image,
        "command": ["node", "-e", _SCRIPT],
        "env": [{"name": name, "value": value} for name, value in values.items()],
        "envFrom": [{"secretRef": {"name": CREDENTIALS}}],
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": JOB, "namespace": worker.NAMESPACE},
        "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(job))


def has_failed(lab: Lab) -> bool:
    """Whether the run has ended with an error."""
    return bool(lab.item(worker.NAMESPACE, "job", JOB).get("status", {}).get("failed"))


def has_succeeded(lab: Lab, name: str = JOB) -> bool:
    """Whether the run has ended well."""
    return bool(lab.item(worker.NAMESPACE, "job", name).get("status", {}).get("succeeded"))


def clear(lab: Lab) -> None:
    """Take the Job and its pod away."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "job", JOB, "--ignore-not-found")


def job(lab: Lab, container: dict[str, Any], name: str = JOB, **spec: Any) -> None:
    """Make a Job of this name that is to run migrations, with one container."""
    template = {"spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [container]}}
    made = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": worker.NAMESPACE},
        "spec": {"backoffLimit": 0, "template": template, **spec},
    }
    lab.kubectl("apply", "-f", "-", stdin=json.dumps(made))


def busybox(*command: str, image: str = "docker.io/lab/busybox:1") -> dict[str, Any]:
    """A container that stands for a run."""
    return {"name": "migrate", "image": image, "imagePullPolicy": "IfNotPresent", "command": list(command)}


def wait_for_bootstrap(lab: Lab) -> None:
    """Have new pods of the worker wait in an init container, as for a Job that never ends."""
    waits = {**busybox("sleep", "100000"), "name": "wait-for-bootstrap"}
    worker.patch_template(lab, {"spec": {"initContainers": [waits]}})


def waits(lab: Lab, *, seconds: float = 0) -> bool:
    """Whether a new pod of the worker has been waiting in it for so long."""
    for pod in worker.new_pods(lab):
        for status in pod["status"].get("initContainerStatuses", []):
            since = (
                status["state"].get("running", {}).get("startedAt") if status["name"] == "wait-for-bootstrap" else ""
            )
            if since and datetime.now(UTC) - datetime.fromisoformat(since.replace("Z", "+00:00")) > timedelta(
                seconds=seconds
            ):
                return True
    return False


def mount_files(lab: Lab, name: str, files: list[str], path: str = "/app/server/migrations") -> None:
    """Give the worker's image files of migrations, by a ConfigMap."""
    literals = (f"--from-literal={each}=exports.up = async () => {{}};" for each in files)
    lab.kubectl("-n", worker.NAMESPACE, "create", "configmap", name, *literals)
    mount = {"name": "lab-files", "mountPath": path, "readOnly": True}
    container = {"name": worker.NAME, "volumeMounts": [mount]}
    volume = {"name": "lab-files", "configMap": {"name": name}}
    worker.patch_template(lab, {"spec": {"volumes": [volume], "containers": [container]}})


def take_files(lab: Lab, name: str) -> None:
    """Take them away."""
    worker.go_back(lab)
    lab.kubectl("-n", worker.NAMESPACE, "delete", "configmap", name, "--ignore-not-found")
