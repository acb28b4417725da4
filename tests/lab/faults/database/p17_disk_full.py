"""The volume that a table is on has no space left: what the worker's jobs write fails, what they read does not."""

from tests.lab import worker
from tests.lab.cluster import Lab, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import in_server, is_server_ready, reset_server, restart_server, sql
from tests.lab.shape import says

VOLUME, FOLDER = "lab-small", "/lab-small"
FILL = """DO $$ BEGIN
  FOR parts IN REVERSE 60..0 BY 60 LOOP
    FOR filler IN 1..20000 LOOP
      BEGIN
        INSERT INTO jobs (type, status, metadata)
        VALUES ('lab', 'filler', to_jsonb(ARRAY(SELECT md5(random()::text) FROM generate_series(1, parts))));
      EXCEPTION WHEN disk_full THEN EXIT;
      END;
    END LOOP;
  END LOOP;
END $$"""


def inject(lab: Lab) -> None:
    _mount(lab, present=True)
    in_server(lab, f"mkdir -p {FOLDER}/tablespace")
    sql(lab, f"CREATE TABLESPACE lab_small LOCATION '{FOLDER}/tablespace'")
    sql(lab, "ALTER TABLE jobs RENAME TO lab_jobs")
    sql(lab, "CREATE TABLE jobs (LIKE lab_jobs INCLUDING DEFAULTS) TABLESPACE lab_small")
    sql(lab, FILL)
    worker.set_env(lab, "LAB_START_WORKFLOWS_EVERY=5")


def heal(lab: Lab) -> None:
    if sql(lab, "SELECT to_regclass('lab_jobs')"):
        sql(lab, "DROP TABLE IF EXISTS jobs; ALTER TABLE lab_jobs RENAME TO jobs")
    sql(lab, "DROP TABLESPACE IF EXISTS lab_small")
    _mount(lab, present=False)
    reset_server(lab)


def _mount(lab: Lab, *, present: bool) -> None:
    """Put a small volume into PostgreSQL's pod, or take it away."""
    if _is_mounted(lab) == present:
        return
    volume = {"name": VOLUME, "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}
    mount = {"name": VOLUME, "mountPath": FOLDER}
    if not present:
        volume, mount = {"name": VOLUME, "$patch": "delete"}, {"mountPath": FOLDER, "$patch": "delete"}
    change = {"volumes": [volume], "containers": [{"name": "postgres", "volumeMounts": [mount]}]}
    lab.patch(worker.NAMESPACE, "statefulset", "db", {"spec": {"template": {"spec": change}}})
    restart_server(lab)
    wait_until("db-0 is of the new template", lambda: _is_settled(lab), seconds=120)


def _is_settled(lab: Lab) -> bool:
    status = lab.item(worker.NAMESPACE, "statefulset", "db")["status"]
    return is_server_ready(lab) and status["currentRevision"] == status["updateRevision"]


def _is_mounted(lab: Lab) -> bool:
    spec = lab.item(worker.NAMESPACE, "statefulset", "db")["spec"]["template"]["spec"]
    return any(each["name"] == VOLUME for each in spec["volumes"])


FAULT = Fault(
    id="P17",
    title="The volume of a table is full",
    inject=inject,
    settled=lambda lab: says(lab, "No space left on device"),
    heal=heal,
    causes=("database.disk-full",),
    names=("No space left",),
    timeout_s=180.0,
    replaces_pods=True,
)
