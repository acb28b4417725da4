"""PostgreSQL has a certificate that it signed itself, which the worker's driver does not trust."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.database._postgres import DIRECT, in_server, reset_server, sql
from tests.lab.shape import crashes_saying

MAKE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=db.msp.svc.cluster.local "
    '-keyout "$PGDATA/lab.key" -out "$PGDATA/lab.crt" 2>/dev/null && chmod 600 "$PGDATA/lab.key"'
)


def inject(lab: Lab) -> None:
    in_server(lab, MAKE)
    sql(lab, "ALTER SYSTEM SET ssl_cert_file = 'lab.crt'; ")
    sql(lab, "ALTER SYSTEM SET ssl_key_file = 'lab.key'; ")
    sql(lab, "ALTER SYSTEM SET ssl = on; ")
    sql(lab, "SELECT pg_reload_conf()")
    worker.set_env(lab, *DIRECT, "PGSSLMODE=require")


def heal(lab: Lab) -> None:
    reset_server(lab)
    in_server(lab, 'rm -f "$PGDATA/lab.key" "$PGDATA/lab.crt"')


FAULT = Fault(
    id="P10",
    title="The database's certificate is self-signed",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "self-signed certificate"),
    heal=heal,
    causes=("database.certificate-untrusted",),
    names=("self-signed", "db.msp.svc.cluster.local"),
)
