"""Services in host names, as the resolver of a pod reads them."""

import pytest
from msgspec.structs import replace

from diagnose.target.service_names import ServiceName, hosts_of, parse, service_of
from tests.support.kit import context
from tests.support.objects import pod


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("db", ("own", "db")),
        ("DB", ("own", "db")),
        ("my_db", ("own", "my_db")),
        ("db.prod.svc", ("prod", "db")),
        ("Db.Prod.SVC.cluster.local", ("prod", "db")),
        ("db.prod.svc.cluster.local.", ("prod", "db")),
        ("db-0.db.prod.svc.cluster.local", ("prod", "db")),
        ("db-0.db.prod.svc", ("prod", "db")),
        ("svc.prod.svc", ("prod", "svc")),
    ],
)
def test_what_can_only_be_a_service(host: str, named: tuple[str, str]) -> None:
    assert parse(host, "own") == ServiceName(namespace=named[0], name=named[1], is_certain=True)


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("db.prod", ("prod", "db")),
        ("example.com", ("com", "example")),
        ("db.svc", ("svc", "db")),
        ("db.prod.svc.example.org", ("prod", "db")),
        ("db.prod.svc.clusterset.local", ("prod", "db")),
        ("db-0.db.prod.svc.k8s.internal.", ("prod", "db")),
    ],
)
def test_what_may_be_a_service_or_a_name_of_elsewhere(host: str, named: tuple[str, str]) -> None:
    assert parse(host, "own") == ServiceName(namespace=named[0], name=named[1], is_certain=False)


@pytest.mark.parametrize(
    "host",
    ["", ".", "db.", "db.prod.", "db.prod.svc.", "db.example.com", "a.b.c.d.example.com", "localhost", "a.localhost",
     "10.0.0.1", "::1", "[::1]", "fd00::1", "::ffff:10.0.0.1", "2130706433", "/var/run/postgresql",
     "prod.svc.example.org", "db.prod:5432", "db.prod?watch=true", "db.%2e%2e%2fsecrets", "db.a?b.svc"],
)  # fmt: skip
def test_what_is_no_service(host: str) -> None:
    assert parse(host, "own") is None


def test_a_name_of_a_service_and_its_namespace_counts_where_there_is_such_a_service() -> None:
    target = context(pod()).target
    assert service_of("db.prod", target) is None
    assert service_of("db.prod", replace(target, service_hosts=frozenset({"db.prod"}))) == ("prod", "db")
    assert service_of("db", target) == ("msp", "db")


def test_a_target_without_servers_names_no_host() -> None:
    assert hosts_of(context(pod()).target) == ()
