"""The database of the worker in Python, whose data go with its pod: what a fault changes of it, it changes back."""

from tests.lab.cluster import Lab
from tests.lab.scene import BILLING

WORKER = "invoice-worker"
HBA = "host all all all scram-sha-256"


def sql(lab: Lab, statements: str, database: str = "postgres") -> str:
    """What the superuser's statements print."""
    options = f"--username=$POSTGRES_USER --set=ON_ERROR_STOP=1 --tuples-only --no-align --quiet {database}"
    return in_server(lab, f"psql {options}", stdin=statements).strip()


def in_server(lab: Lab, script: str, stdin: str | None = None) -> str:
    """What a script prints that runs beside the server."""
    where = ("-n", BILLING.namespace, "exec", "-i", "deployment/ledger-db", "--")
    return lab.kubectl(*where, "bash", "-c", script, stdin=stdin)


def admit(lab: Lab, rule: str) -> None:
    """Let the server take the connections from outside that a rule admits, and no others."""
    lines = f"local all all trust\\n{rule}\\n"
    in_server(lab, f"printf '{lines}' > $PGDATA/pg_hba.conf")
    sql(lab, "SELECT pg_reload_conf()")


def restart_worker(lab: Lab) -> None:
    """Let all its pods connect anew."""
    names = [pod["metadata"]["name"] for pod in BILLING.pods(lab, WORKER)]
    lab.kubectl("-n", BILLING.namespace, "delete", "pod", *names, "--grace-period=1", "--wait=false")
