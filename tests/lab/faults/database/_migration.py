"""A Job that runs knex's migrations in the worker's image, as a release does before it rolls the worker out."""

import json

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


def clear(lab: Lab) -> None:
    """Take the Job and its pod away."""
    lab.kubectl("-n", worker.NAMESPACE, "delete", "job", JOB, "--ignore-not-found")
