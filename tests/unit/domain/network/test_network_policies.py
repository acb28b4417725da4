"""Which policies keep the worker from a Service; the policies are as the API gives them."""

import pytest

from diagnose.check.api import Context
from diagnose.domain.network.network_policies import blocking
from diagnose.queries.kubernetes import ListObjects
from diagnose.resources import Pod
from tests.support.kit import LABELS, Json, context, data_of
from tests.support.objects import network_policy

PODS = {"vault": {"app": "vault"}, "msp": {"app": "pgbouncer"}}
PORTS = {"vault": 8200, "msp": 6432}


def _pod(namespace: str) -> Json:
    name, port = PODS[namespace]["app"], PORTS[namespace]
    containers = [{"name": name, "ports": [{"containerPort": port, "name": "main"}]}]
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": PODS[namespace]},
        "spec": {"containers": containers},
    }


def _service(namespace: str) -> Json:
    ports = [{"name": "metrics", "port": 9153}, {"name": "main", "port": PORTS[namespace]}]
    return {"metadata": {"name": PODS[namespace]["app"], "namespace": namespace}, "spec": {"ports": ports}}


def _slice(namespace: str) -> Json:
    name = PODS[namespace]["app"]
    return {
        "metadata": {"namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
        "endpoints": [{"addresses": ["10.1.0.7"], "targetRef": {"kind": "Pod", "name": name}}],
        "ports": [{"name": "metrics", "port": 9153}, {"name": "main", "port": PORTS[namespace]}],
    }


def governed(*policies: Json) -> Context:
    return context(
        namespaces=[{"metadata": {"name": each, "labels": {"kubernetes.io/metadata.name": each}}} for each in PODS],
        pods=[_pod(each) for each in PODS],
        services=[_service(each) for each in PODS],
        endpointslices=[_slice(each) for each in PODS],
        networkpolicies=list(policies),
    )


def blockers(host: str, port: int, *policies: Json, protocol: str = "TCP") -> tuple[str, ...]:
    return blocking(governed(*policies), host, port, protocol)


VAULT, POOLER = ("vault.vault.svc", 8200), ("pgbouncer.msp.svc.cluster.local", 6432)
DNS_ONLY = {"ports": [{"protocol": "UDP", "port": 53}]}


def test_a_policy_that_selects_the_worker_and_allows_nothing_fitting_blocks() -> None:
    denied = network_policy("deny", {}, egress=[DNS_ONLY])
    assert blockers(*VAULT, denied) == ("msp/deny",)
    assert blockers(*POOLER, denied) == ("msp/deny",)
    assert blockers("db.example.com", 5432, denied) == ("msp/deny",)


def test_policies_add_up_to_what_any_of_them_allows() -> None:
    denied = network_policy("deny", {}, egress=[])
    allowed = network_policy("allow", {"matchLabels": LABELS}, egress=[{"ports": [{"protocol": "TCP", "port": 8200}]}])
    assert blockers(*VAULT, denied, allowed) == ()
    assert blockers(*POOLER, denied, allowed) == ("msp/deny", "msp/allow")


@pytest.mark.parametrize(
    ("rule", "blocked"),
    [
        ({}, False),
        ({"ports": [{"protocol": "TCP"}]}, False),
        ({"ports": [{"protocol": "UDP"}]}, True),
        ({"ports": [{"protocol": "TCP", "port": 8000, "endPort": 9000}]}, False),
        ({"ports": [{"protocol": "TCP", "port": "main"}]}, False),
        ({"ports": [{"protocol": "TCP", "port": "other"}]}, True),
        ({"to": [{"namespaceSelector": {}}]}, False),
        ({"to": [{"podSelector": {}}]}, True),
        ({"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "vault"}}}]}, False),
        ({"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}]}, True),
        ({"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "other"}}}]}, True),
        ({"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, False),
        ({"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}, True),
        ({"to": [{"ipBlock": {"cidr": "192.168.0.0/16"}}]}, True),
    ],
)
def test_a_rule_allows_its_peers_on_its_ports(rule: Json, blocked: bool) -> None:
    assert bool(blockers(*VAULT, network_policy("one", {"matchLabels": LABELS}, egress=[rule]))) is blocked


def test_a_policy_of_the_other_side_blocks_too() -> None:
    closed = network_policy("no-clients", {"matchLabels": {"app": "vault"}}, namespace="vault", ingress=[])
    others = network_policy("others", {"matchLabels": {"app": "other"}}, namespace="vault", ingress=[])
    own = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "msp"}},
        "podSelector": {"matchLabels": LABELS},
    }
    opened = network_policy("worker", {}, namespace="vault", ingress=[{"from": [own]}])
    assert blockers(*VAULT, closed) == ("vault/no-clients",)
    assert blockers(*VAULT, others) == ()
    assert blockers(*VAULT, closed, opened) == ()
    assert blockers(*VAULT, network_policy("egress-only", {}, namespace="vault", egress=[])) == ()


@pytest.mark.parametrize(
    ("policies", "are_listed"),
    [
        ([], False),
        ([network_policy("egress-only", {}, namespace="vault", egress=[])], False),
        ([network_policy("others", {"matchLabels": {"app": "other"}}, egress=[])], False),
        ([network_policy("own", {}, egress=[])], True),
        ([network_policy("clients", {}, namespace="vault", ingress=[])], True),
    ],
)
def test_the_pods_of_a_service_are_listed_only_where_a_policy_may_block_them(
    policies: list[Json], are_listed: bool
) -> None:
    ctx = governed(*policies)
    blocking(ctx, *VAULT)
    assert (ListObjects(kind=Pod, namespace="vault") in data_of(ctx).queries) is are_listed
