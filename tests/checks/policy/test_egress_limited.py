"""The network policies for egress."""

import msgspec
import pytest

from checks.policy.egress_limited import EGRESS_LIMITED
from diagnose.check.api import Context
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.resources import NetworkPolicy
from diagnose.target.facts import TemporalFacts
from tests.support.kit import Json, about, codes, context, findings, survey
from tests.support.objects import network_policy, pod

TEMPORAL = TemporalFacts(host="203.0.113.9", port=7233, namespace="default", queues=())
DNS = {"ports": [{"protocol": "UDP", "port": 53}]}


def limited(*policies: Json, reached: bool = False) -> Context:
    routes = (Connection(TEMPORAL.host, TEMPORAL.port, ConnectionState.CONNECTED),) if reached else ()
    surveys = [survey(pod(), connections=routes)]
    return about(context(pod(), networkpolicies=policies, surveys=surveys), temporal=TEMPORAL)


@pytest.mark.parametrize(
    ("policies", "reached", "expected"),
    [
        ([], True, ["policy.egress-unlimited"]),
        ([network_policy(egress=[DNS, {"ports": [{"port": 7233}]}])], True, []),
        ([network_policy(egress=[DNS])], False, ["policy.egress-misses"]),
        # Its words forbid what pods do all the same.
        ([network_policy(egress=[DNS])], True, ["policy.policies-unenforced"]),
        ([network_policy(egress=[{}])], True, ["policy.egress-unlimited"]),
        ([network_policy(egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}])], True, []),
    ],
)
def test_egress_is_limited_to_what_is_needed(policies: list[Json], reached: bool, expected: list[str]) -> None:
    assert codes(EGRESS_LIMITED, limited(*policies, reached=reached)) == expected


def test_a_rule_for_every_pod_is_no_rule_for_every_address() -> None:
    policy = msgspec.convert(network_policy(egress=[{"to": [{"namespaceSelector": {}}]}]), NetworkPolicy)
    assert not any(peer.ip_block for rule in policy.spec.egress for peer in rule.peers_to)
    assert (
        codes(
            EGRESS_LIMITED,
            limited(network_policy(egress=[DNS, {"to": [{"namespaceSelector": {}}]}, {"ports": [{"port": 7233}]}])),
        )
        == []
    )


def test_the_rule_that_is_missing_is_evidence_of_a_blocked_connection() -> None:
    [found] = findings(EGRESS_LIMITED, limited(network_policy("narrow", egress=[DNS])))
    assert [(each.source, each.text) for each in found.evidence] == [
        ("NetworkPolicy msp/narrow", "no rule allows TCP 7233 to it")
    ]
