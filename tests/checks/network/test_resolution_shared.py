"""Pods that resolve names in another way than the cluster does."""

from datetime import timedelta
from typing import Any

import pytest

from checks.network.resolution_shared import RESOLUTION_SHARED
from diagnose.check.api import Context, SurveyResult
from diagnose.model.report import Confidence, Severity, Status
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.kubernetes import LogLine
from tests.support.database import CLIENT, HOST, PORT
from tests.support.kit import NOW, Json, codes, context, findings, log, outcome, survey
from tests.support.objects import backends, pod, service, variables


def resolving(*, ready: bool = False, **spec: Any) -> Context:
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=ready, **spec)
    return context(own, container=CLIENT, **backends("pgbouncer", PORT))


def test_a_host_alias_that_hides_a_service_is_found() -> None:
    aliases = [{"ip": "10.9.9.9", "hostnames": [HOST]}]
    assert codes(RESOLUTION_SHARED, resolving(hostAliases=aliases)) == ["network.host-overridden"]
    assert codes(RESOLUTION_SHARED, resolving(hostAliases=aliases, ready=True)) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET http://backend/items failed: connection refused", ["network.host-overridden"]),
        ("dial tcp 10.9.9.9:80: i/o timeout", ["network.host-overridden"]),
        ("GET http://frontend/items failed: connection refused", []),
        ("GET http://backend/items: 200", []),
    ],
)
def test_a_host_alias_is_found_by_what_a_ready_program_logs(line: str, expected: list[str]) -> None:
    own = pod("worker-1", ready=True, hostAliases=[{"ip": "10.9.9.9", "hostnames": ["backend", "elsewhere"]}])
    logs = [log(LogLine(line, NOW - timedelta(seconds=20)), ready=True)]
    assert codes(RESOLUTION_SHARED, context(own, logs=logs, **backends("backend", 80))) == expected


def test_an_alias_of_the_services_own_address_hides_nothing() -> None:
    assert codes(RESOLUTION_SHARED, resolving(hostAliases=[{"ip": "10.96.0.7", "hostnames": [HOST]}])) == []


def test_the_nodes_resolver_knows_no_services() -> None:
    assert codes(RESOLUTION_SHARED, resolving(dnsPolicy="Default")) == ["network.resolver-overridden"]
    assert codes(RESOLUTION_SHARED, resolving(dnsPolicy="ClusterFirst")) == []


NONE: Json = {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["8.8.8.8"]}}


def generic(
    *services: str, surveys: tuple[SurveyResult, ...] = (), env: dict[str, str] | None = None, **spec: Any
) -> Context:
    """Returns what the check sees of a ready pod of a program without known dependencies."""
    main = {"env": variables(**(env or {}))}
    own = pod("worker-1", {"name": "worker", **main}, ready=True, **spec)
    listed = [each for name in services for each in backends(name, 80)["services"]]
    return context(own, container=main, surveys=list(surveys), services=listed)


@pytest.mark.parametrize("spec", [NONE, {"dnsPolicy": "Default"}, {"hostNetwork": True}])
@pytest.mark.parametrize("value", ["http://backend:8080/api", "backend:8080", "backend.msp.svc"])
def test_a_ready_program_that_names_a_service_is_warned(spec: Json, value: str) -> None:
    (finding,) = findings(RESOLUTION_SHARED, generic("backend", env={"BACKEND": value}, **spec))
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)


@pytest.mark.parametrize(
    ("spec", "status"),
    [
        ({"dnsPolicy": "ClusterFirst"}, Status.PASS),
        ({"dnsPolicy": "Default"}, Status.SKIP),
        ({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}, Status.PASS),
        (NONE, Status.WARN),
        ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.1.2.3"]}}, Status.UNKNOWN),
        ({"dnsPolicy": "None"}, Status.UNKNOWN),
        ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["169.254.20.10"]}}, Status.PASS),
    ],
)
def test_other_name_servers_do_not_pass_unseen(spec: Json, status: Status) -> None:
    assert outcome(RESOLUTION_SHARED, generic(env={"LOG_LEVEL": "info"}, **spec)).status is status


def test_a_pod_that_resolved_a_service_resolves_them() -> None:
    own = pod("worker-1", ready=True)
    tried = survey(own, connections=(Connection("backend", 80, ConnectionState.REFUSED, "10.96.0.9"),))
    assert outcome(RESOLUTION_SHARED, generic(surveys=(tried,), **NONE)).status is Status.PASS


def test_a_failed_lookup_in_the_log_makes_other_name_servers_certain() -> None:
    asks = pod(ready=True, dnsPolicy="None", dnsConfig={"nameservers": ["8.8.8.8"]})
    line = LogLine("Error: getaddrinfo ENOTFOUND backend", NOW - timedelta(seconds=20))
    ctx = context(
        asks,
        container={"env": variables(BACKEND_URL="http://backend:8080")},
        services=[service("backend", 8080)],
        logs=[log(line, ready=True)],
    )
    (found,) = findings(RESOLUTION_SHARED, ctx)
    assert (found.severity, found.confidence) == (Severity.CRITICAL, Confidence.CERTAIN)
    assert any("ENOTFOUND backend" in each.text for each in found.evidence)
