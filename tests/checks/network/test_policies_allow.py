"""Network policies between the worker and its dependencies."""

from typing import Any

from checks.network.policies_allow import POLICIES_ALLOW
from diagnose.check.api import Context
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from tests.support.database import CLIENT, HOST, PORT, connected
from tests.support.kit import Json, codes, context, findings, survey
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


def test_without_a_policy_nothing_is_blocked() -> None:
    assert codes(POLICIES_ALLOW, unresolved()) == []


def test_where_pods_reach_everything_policies_are_not_read() -> None:
    assert (
        codes(POLICIES_ALLOW, connected(ConnectionState.CONNECTED, networkpolicies=[network_policy("deny", egress=[])]))
        == []
    )
