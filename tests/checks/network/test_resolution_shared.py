"""Pods that resolve names in another way than the cluster does."""

from typing import Any

from checks.network.resolution_shared import RESOLUTION_SHARED
from diagnose.check.api import Context
from tests.support.database import CLIENT, HOST, PORT
from tests.support.kit import codes, context
from tests.support.objects import backends, pod


def resolving(*, ready: bool = False, **spec: Any) -> Context:
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=ready, **spec)
    return context(own, container=CLIENT, **backends("pgbouncer", PORT))


def test_a_host_alias_that_hides_a_service_is_found() -> None:
    aliases = [{"ip": "10.9.9.9", "hostnames": [HOST]}]
    assert codes(RESOLUTION_SHARED, resolving(hostAliases=aliases)) == ["network.host-overridden"]
    assert codes(RESOLUTION_SHARED, resolving(hostAliases=aliases, ready=True)) == []


def test_an_alias_of_the_services_own_address_hides_nothing() -> None:
    assert codes(RESOLUTION_SHARED, resolving(hostAliases=[{"ip": "10.96.0.7", "hostnames": [HOST]}])) == []


def test_the_nodes_resolver_knows_no_services() -> None:
    assert codes(RESOLUTION_SHARED, resolving(dnsPolicy="Default")) == ["network.resolver-overridden"]
    assert codes(RESOLUTION_SHARED, resolving(dnsPolicy="ClusterFirst")) == []
