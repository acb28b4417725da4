"""Commands for servers of the cluster run where the reader sits, who resolves none of its names."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from diagnose.commands import vault
from diagnose.commands.command import Command
from diagnose.commands.postgres import psql
from diagnose.commands.temporal import Frontend
from diagnose.domain.server_clients import Clients
from diagnose.resources import Pod, Service
from tests.support import shell
from tests.support.kit import Json
from tests.support.objects import pod, service

CLUSTER = "pgbouncer.msp.svc.cluster.local"
LOGIN = psql(CLUSTER, 6432, "app", "server", "select 1")
QUEUES = Frontend("temporal-frontend.temporal:7233", "default").describe_queue("jobs")


def clients(*pods: Json, services: Iterable[Json] | None = (), readable: bool = True) -> Clients:
    names = ("pgbouncer", "temporal-frontend")
    known = [service(each, 1) for each in names] if services == () else services
    listed = None if known is None else msgspec.convert(list(known), list[Service])
    found = msgspec.convert(list(pods), list[Pod]) if readable else None
    return Clients("msp", lambda _: listed, lambda _: found)


def running(name: str, image: str, **fields: Any) -> Json:
    container: Json = {"name": "server", "image": image, "env": fields.get("env", [])}
    return pod(name, container, labels=fields.get("labels"), ready=True)


DATABASE = running("db-0", "docker.io/library/postgres:15")


def test_a_statement_runs_in_the_pod_of_the_server_as_its_superuser() -> None:
    found = clients(DATABASE, running("exporter", "quay.io/postgres-exporter:1")).reach(LOGIN, as_admin=True)
    assert found == "kubectl -n msp exec -it db-0 -- psql -U postgres -d server -c 'select 1'"
    own = running("db-0", "postgres:15", env=[{"name": "POSTGRES_USER", "value": "billing"}])
    assert "psql -U billing -d server" in clients(own).reach(LOGIN, as_admin=True)
    secret = {"name": "POSTGRES_USER", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user"}}}
    named = clients(running("db-0", "postgres:15", env=[secret])).reach(LOGIN, as_admin=True)
    assert named == (
        "kubectl -n msp exec -it db-0 -- "
        "sh -c 'psql -U \"${POSTGRES_USER:-postgres}\" \"$@\"' psql -d server -c 'select 1'"
    )


def test_a_login_that_is_to_be_repeated_stays_that_login() -> None:
    found = clients(DATABASE).reach(LOGIN, as_admin=False)
    assert found == f"kubectl -n msp exec -it db-0 -- psql -h {CLUSTER} -p 6432 -U app -d server -c 'select 1'"


def test_of_commands_one_after_the_other_each_runs_where_its_server_is() -> None:
    restart = Command("kubectl", "rollout", "restart", "deployment/worker")
    found = clients(DATABASE).reach(LOGIN.then(restart), as_admin=True)
    assert found == f"kubectl -n msp exec -it db-0 -- psql -U postgres -d server -c 'select 1' && {restart}"


def test_the_console_of_a_pooler_is_queried_at_the_pooler() -> None:
    console = psql(CLUSTER, 6432, "app", "pgbouncer", "RECONNECT")
    assert f"-h {CLUSTER} -p 6432 -U app" in clients(DATABASE).reach(console, as_admin=True)


def test_of_several_servers_the_one_that_takes_writes_is_used_and_else_the_service() -> None:
    replica = running("db-1", "postgres:15", labels={"role": "replica"})
    primary = running("db-0", "postgres:15", labels={"role": "primary"})
    assert "exec -it db-0 --" in clients(replica, primary).reach(LOGIN, as_admin=True)
    for some in (clients(replica, DATABASE), clients(), clients(readable=False)):
        assert some.reach(LOGIN, as_admin=True) == (
            "(kubectl -n msp port-forward service/pgbouncer 16432:6432 >/dev/null & sleep 2; "
            "psql -h localhost -p 16432 -U app -d server -c 'select 1'; kill $!)"
        )


def test_temporal_is_queried_where_its_client_is_or_through_a_port_forward() -> None:
    tools = running("temporal-admintools-1", "temporalio/admin-tools:1.27")
    assert clients(tools).reach(QUEUES, as_admin=True) == f"kubectl -n temporal exec temporal-admintools-1 -- {QUEUES}"
    encrypted = Frontend("temporal-frontend.temporal:7233", "default", encrypted=True).health()
    server = running("temporal-frontend-1", "temporalio/server:1.27")
    found = clients(server, running("temporal-worker-1", "shop/temporal-worker:1")).reach(encrypted, as_admin=True)
    assert found.startswith(
        "(kubectl -n temporal port-forward service/temporal-frontend 17233:7233 >/dev/null & sleep 2"
    )
    assert "--address localhost:17233 --tls-server-name temporal-frontend.temporal" in found


@pytest.mark.parametrize(
    ("command", "services"),
    [
        (psql("db.example.com", 5432, "app"), ()),
        (psql("pgbuncer.msp.svc", 6432, "app"), ()),
        (LOGIN, [service("pgbouncer", 1) | {"spec": {"type": "ExternalName", "externalName": "db.example.com"}}]),
        (psql("db.prod", 5432, "app"), None),
        (Command("kubectl", "get", "pods"), ()),
    ],
)
def test_what_is_no_service_of_the_cluster_stays_as_it_is(command: Command, services: Iterable[Json] | None) -> None:
    assert clients(DATABASE, services=services).reach(command, as_admin=True) == command


@pytest.mark.parametrize("installed", shell.INSTALLED)
def test_a_command_through_a_port_forward_is_read_by_each_shell(installed: str) -> None:
    command = clients().reach(LOGIN, as_admin=True)
    assert shell.read([command], installed) == [shell.meant(command)]


@pytest.mark.parametrize(
    ("address", "exported", "command"),
    [
        ("http://vault.msp.svc:8200", "VAULT_ADDR=http://127.0.0.1:18200,", "kubectl -n msp port-forward"),
        ("https://vault.msp.svc:8200", "https://127.0.0.1:18200 VAULT_TLS_SERVER_NAME=vault.msp.svc,", "18200:8200"),
        ("https://vault.example.com", "VAULT_ADDR=https://vault.example.com,", ""),
    ],
)
def test_vault_is_reached_through_a_port_forward_where_it_is_in_the_cluster(
    address: str, exported: str, command: str
) -> None:
    step = clients(services=[service("vault", 8200)]).point_vault(address)
    assert exported in step.text
    assert command in step.command


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        (vault.read("auth/kubernetes/role/worker"), True),
        (vault.within("team", vault.list_auth()), True),
        (vault.allow_read("worker", "secret/data/x"), True),
        (vault.status("http://vault:8200"), False),
        (Command("kubectl", "-n", "vault", "exec", "vault-0", "--", "vault", "status"), False),
    ],
)
def test_a_command_of_vault_without_an_address_needs_one(command: Command, *, needed: bool) -> None:
    assert vault.needs_address(command) is needed
