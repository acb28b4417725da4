"""The rule that lets a blocked connection through names the pods and the port that the Service leads to."""

import json
from typing import Any

from diagnose.check.api import Context
from diagnose.domain.network.policy_steps import allow
from diagnose.model.report import Step
from tests.support.kit import Json, context
from tests.support.objects import backends, network_policy

POOLER = {"the database": ("pgbouncer.msp.svc", 6432)}
DNS = {"DNS": ("kube-dns.kube-system.svc", 53)}


def governed(*policies: Json) -> Context:
    pooler, dns = backends("pgbouncer", 6432), backends("kube-dns", 53, namespace="kube-system")
    both: dict[str, Any] = {kind: [*pooler[kind], *dns[kind]] for kind in pooler}
    return context(networkpolicies=list(policies), **both)


def change(step: Step) -> list[Json]:
    found: list[Json] = json.loads(step.command.parts[-1])
    return found


def test_a_policy_without_rules_gets_a_list_with_all_of_them() -> None:
    (step,) = allow(governed(network_policy("deny", egress=[])), {**DNS, **POOLER})
    assert step.text == "Let the worker connect to DNS, the database."
    assert step.changes == "NetworkPolicy msp/deny"
    assert step.command.startswith("kubectl -n msp patch networkpolicy deny --type json -p ")
    (added,) = change(step)
    assert (added["op"], added["path"]) == ("add", "/spec/egress")
    dns, pooler = added["value"]
    assert dns["ports"] == [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    assert dns["to"][0]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    assert pooler["ports"] == [{"protocol": "TCP", "port": 6432}]
    assert "namespaceSelector" not in pooler["to"][0]


def test_a_policy_with_rules_gets_one_more_and_only_one_policy_is_changed() -> None:
    first = network_policy("first", egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])
    (step,) = allow(governed(first, network_policy("second", egress=[])), POOLER)
    assert [each["path"] for each in change(step)] == ["/spec/egress/-"]
    assert step.changes == "NetworkPolicy msp/first"


def test_a_host_outside_the_cluster_is_allowed_by_its_port() -> None:
    (step,) = allow(governed(network_policy("deny", egress=[])), {"the shop": ("shop.example.com", 443)})
    assert change(step)[0]["value"] == [{"ports": [{"protocol": "TCP", "port": 443}]}]


def test_a_policy_of_the_other_side_lets_in_the_pods_by_the_labels_of_their_workload() -> None:
    policy = network_policy("closed", namespace="kube-system", ingress=[])
    (step,) = allow(governed(policy), DNS)
    (added,) = change(step)
    (rule,) = added["value"]
    assert added["path"] == "/spec/ingress"
    assert rule["from"][0]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "msp"}}
    assert rule["from"][0]["podSelector"]["matchLabels"]


def test_a_connection_that_nothing_blocks_needs_no_step() -> None:
    assert allow(governed(), {**DNS, **POOLER}) == ()
