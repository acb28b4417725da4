"""A program prepares statements, and each of its transactions may run on another connection to the server.

As in pgbouncer/pgbouncer#1129: the pool is by transaction, and this release of PgBouncer keeps no prepared statements.
"""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.database._postgres import CREDENTIALS, WORKER_USER
from tests.lab.scene import SHOP

NAME = "sales-report"
PROGRAM = """
import logging, os, sys, threading, time
from pg8000.native import Connection, DatabaseError
logging.basicConfig(level="INFO", stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
logger = logging.getLogger("shop.report")

def report(name):
    while True:
        try:
            given = {"password": os.environ["DB_PASSWORD"], "host": os.environ["DB_HOST"], "port": 6432}
            database = Connection(os.environ["DB_USER"], database=os.environ["DB_NAME"], **given)
            statement = database.prepare("SELECT count(*), pg_sleep(0.2) FROM tenants WHERE client_name <> :name")
            while True:
                logger.info("%s: %s rows", name, statement.run(name=name)[0][0])
                time.sleep(1)
        except DatabaseError as error:
            logger.error("report %s failed: %s", name, error)
            time.sleep(3)

for name in ("daily", "weekly", "monthly", "yearly"):
    threading.Thread(target=report, args=(name,)).start()
"""


def inject(lab: Lab) -> None:
    password = lab.item(worker.NAMESPACE, "secret", CREDENTIALS)["data"]["DB_PASSWORD_PGBOUNCER"]
    image = lab.item(SHOP.namespace, "deployment", "catalog")["spec"]["template"]["spec"]["containers"][0]["image"]
    values = {"DB_HOST": "pgbouncer.msp", "DB_NAME": "server", "DB_USER": WORKER_USER}
    secret = {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": NAME, "key": "password"}}}
    container = {
        "name": "report",
        "image": image,
        "command": ["python", "-c", PROGRAM],
        "env": [*({"name": name, "value": value} for name, value in values.items()), secret],
    }
    labels = {"app": NAME}
    template = {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    meta = {"name": NAME, "labels": labels}
    SHOP.apply(
        lab,
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": {"password": password}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec},
    )


FAULT = Fault(
    id="Z11",
    title="A program prepares statements behind a pooler of transactions",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, NAME, "prepared statement"),
    heal=nothing,
    causes=("database.prepared-statements",),
    names=("pgbouncer",),
)
