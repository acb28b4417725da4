"""Network policies between the worker and its dependencies."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.network.policies_allow import POLICIES_ALLOW
from diagnose.check.api import Context
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Status
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import ForbiddenError, NoAnswerError
from tests.support.database import CLIENT, HOST, PORT, connected
from tests.support.kit import NOW, PLAIN, Json, codes, context, findings, log, outcome, survey
from tests.support.objects import backends, network_policy, pod


def unresolved(*policies: Json) -> Context:
    """Returns what the check sees where a pod's lookup was not answered."""
    own = pod("worker-1", {"name": "worker", **CLIENT})
    tried = survey(own, connections=(Connection(HOST, PORT, ConnectionState.NAME_UNRESOLVED),))
    database, dns = backends("pgbouncer", PORT), backends("kube-dns", 53, namespace="kube-system")
    both: dict[str, Any] = {kind: [*database[kind], *dns[kind]] for kind in database}
    return context(own, container=CLIENT, surveys=[tried], networkpolicies=list(policies), **both)


def test_a_policy_that_allows_no_dns_is_named() -> None:
    (finding,) = findings(POLICIES_ALLOW, unresolved(network_policy("deny", egress=[{"ports": [{"port": PORT}]}])))
    assert finding.code == "network.policy-blocks"
    assert "NetworkPolicy msp/deny keeps the worker from DNS" in finding.summary


def test_the_rules_open_what_the_worker_only_needs_in_its_work_too() -> None:
    client = {**CLIENT, "env": [*CLIENT["env"], {"name": "APP_URL", "value": "http://shop-api:3000"}]}
    own = pod("worker-1", {"name": "worker", **client})
    tried = survey(own, connections=(Connection(HOST, PORT, ConnectionState.NAME_UNRESOLVED),))
    served = (
        backends("pgbouncer", PORT),
        backends("kube-dns", 53, namespace="kube-system"),
        backends("shop-api", 3000),
    )
    given: dict[str, Any] = {kind: [each for some in served for each in some[kind]] for kind in served[0]}
    profile = msgspec.structs.replace(PLAIN, own_urls=("APP_URL",))
    deny = [network_policy("deny", egress=[])]
    ctx = context(own, container=client, profile=profile, surveys=[tried], networkpolicies=deny, **given)
    (finding,) = findings(POLICIES_ALLOW, ctx)
    assert finding.remediation.steps[0].text == "Let the worker connect to DNS, the database, the application."
    assert '"port":3000' in finding.remediation.steps[0].command
    assert "3000" not in finding.summary


def test_several_ends_that_one_policy_blocks_are_one_piece_of_evidence() -> None:
    [found] = findings(POLICIES_ALLOW, unresolved(network_policy("deny", egress=[])))
    about = [each.text for each in found.evidence if each.source == "networkpolicy msp/deny"]
    assert about == [f"no rule lets the pods connect to DNS (53) or the database ({PORT})"]


def test_without_a_policy_nothing_is_blocked() -> None:
    assert codes(POLICIES_ALLOW, unresolved()) == []


def test_where_pods_reach_everything_policies_are_not_read() -> None:
    assert (
        codes(POLICIES_ALLOW, connected(ConnectionState.CONNECTED, networkpolicies=[network_policy("deny", egress=[])]))
        == []
    )


REFUSED = ForbiddenError("it is forbidden")
DNS = backends("kube-dns", 53, namespace="kube-system")
DENY = network_policy("deny", egress=[])
FAILED = 'level=error msg="cannot reach backend" error={}'


def untried(*policies: Json, logs: tuple[ContainerLog, ...] = (), **more: Any) -> Context:
    """Returns what the check sees of a program without known dependencies, whose pods look up nothing."""
    own = pod("worker-1", ready=True)
    return context(own, surveys=[survey(own)], networkpolicies=list(policies), logs=logs, **DNS, **more)


def test_without_an_attempt_the_rules_decide() -> None:
    assert outcome(POLICIES_ALLOW, untried()).status is Status.PASS
    allowing = network_policy("dns", egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])
    assert outcome(POLICIES_ALLOW, untried(allowing)).status is Status.PASS


def test_default_deny_does_not_pass_where_no_pod_tried_a_name() -> None:
    found = outcome(POLICIES_ALLOW, untried(DENY))
    assert (found.status, found.reason) == (
        Status.SKIP,
        "no pod tried DNS, which NetworkPolicy msp/deny does not allow",
    )
    assert outcome(POLICIES_ALLOW, untried(DENY, refused={"endpointslices": REFUSED})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "error",
    [
        "getaddrinfo EAI_AGAIN backend",
        "curl: (6) Could not resolve host: backend",
        "psycopg: could not translate host name: Temporary failure in name resolution",
        "java.net.UnknownHostException: backend",
        "dial tcp: lookup backend on 10.96.0.10:53: read udp: i/o timeout",
        "wget: bad address 'backend'",
    ],
)
def test_default_deny_is_a_finding_where_the_program_fails_to_look_up_names(error: str) -> None:
    failed = log(LogLine(FAILED.format(error), NOW - timedelta(minutes=1)), ready=True)
    (finding,) = findings(POLICIES_ALLOW, untried(DENY, logs=(failed,)))
    assert "NetworkPolicy msp/deny keeps the worker from DNS" in finding.summary
    assert finding.alternatives


def test_where_exec_is_refused_the_rules_of_all_policies_must_be_readable() -> None:
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=True)
    both: dict[str, Any] = {kind: [*backends("pgbouncer", PORT)[kind], *DNS[kind]] for kind in DNS}
    given: dict[str, Any] = {"container": CLIENT, "survey_problems": [NoAnswerError("exec is forbidden")], **both}
    found = outcome(POLICIES_ALLOW, context(own, **given))
    assert found.status is Status.PASS
    assert found.reason == "exec is forbidden (the rules of the policies allow the connections)"
    assert outcome(POLICIES_ALLOW, context(own, networkpolicies=[DENY], **given)).status is Status.UNKNOWN
    refused = context(own, refused={"networkpolicies": REFUSED}, **given)
    assert outcome(POLICIES_ALLOW, refused).status is Status.UNKNOWN


def test_a_lookup_that_failed_long_ago_shows_nothing() -> None:
    failed = log(LogLine(FAILED.format("EAI_AGAIN"), NOW - timedelta(hours=1)), ready=True)
    assert outcome(POLICIES_ALLOW, untried(DENY, logs=(failed,))).status is Status.SKIP


def test_without_an_attempt_the_policies_of_the_destination_count_too() -> None:
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=True)
    both: dict[str, Any] = {kind: [*backends("pgbouncer", PORT)[kind], *DNS[kind]] for kind in DNS}
    closed = network_policy("closed", ingress=[])
    ctx = context(own, container=CLIENT, surveys=[survey(own)], networkpolicies=[closed], **both)
    found = outcome(POLICIES_ALLOW, ctx)
    assert (found.status, "NetworkPolicy msp/closed does not allow" in found.reason) == (Status.SKIP, True)
