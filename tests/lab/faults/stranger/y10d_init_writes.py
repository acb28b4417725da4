"""An init container writes a row and times out; the worker's own statement, which reads, would not."""

from typing import Any

from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.scene import BILLING

STANDBY = "ledger_replica"
SCRIPT = """
import os
from billing import settings
database = settings.connect(os.environ["DATABASE_URL"])
cursor = database.cursor()
print("recording the start", flush=True)
cursor.execute("INSERT INTO starts (host) VALUES (%s)", (os.environ["HOSTNAME"],))
database.commit()
print("recorded", flush=True)
"""


def inject(lab: Lab) -> None:
    _sql(lab, "CREATE TABLE IF NOT EXISTS starts (host text, at timestamptz DEFAULT now())")
    _sql(lab, f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
    _sql(lab, "SELECT pg_reload_conf()")
    main = lab.item(BILLING.namespace, "statefulset", "invoice-worker")["spec"]["template"]["spec"]["containers"][0]
    init: dict[str, Any] = {key: main[key] for key in ("image", "imagePullPolicy", "env")}
    init |= {"name": "record-start", "command": ["python", "-c", SCRIPT]}
    change = {"spec": {"template": {"spec": {"initContainers": [init]}}}}
    BILLING.patch(lab, "statefulset/invoice-worker", change)


def _sql(lab: Lab, statement: str) -> str:
    psql = ("psql", "--username=billing", "--dbname=ledger", "--command", statement)
    return lab.kubectl("-n", BILLING.namespace, "exec", "deploy/ledger-db", "--", *psql)


def is_settled(lab: Lab) -> bool:
    return any(
        status["restartCount"] > 0 and "waiting" in status["state"]
        for pod in BILLING.pods(lab, "invoice-worker")
        for status in pod["status"].get("initContainerStatuses", [])
    )


def heal(lab: Lab) -> None:
    _sql(lab, "ALTER SYSTEM RESET synchronous_standby_names")
    _sql(lab, "SELECT pg_reload_conf()")


FAULT = Fault(
    id="Y10d",
    title="An init container's commit waits for a synchronous standby that is gone",
    scene=BILLING,
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("database.commits-wait",),
    names=(STANDBY,),
    timeout_s=150.0,
    stranger=True,
)
