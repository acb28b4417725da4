"""The nodes that the pods are on."""

from checks.scaling.pods_spread import PODS_SPREAD
from tests.support.kit import codes, context
from tests.support.objects import node, pod


def test_pods_on_one_node_are_a_choice_only_where_there_are_others() -> None:
    pods = (pod("a", ready=True), pod("b", ready=True))
    assert codes(PODS_SPREAD, context(*pods, nodes=[node("node-1"), node("node-2")])) == ["scaling.pods-on-one-node"]
    assert codes(PODS_SPREAD, context(*pods, nodes=[node("node-1"), node("node-2", cordoned=True)])) == []
    assert (
        codes(
            PODS_SPREAD, context(pods[0], pod("b", node="node-2", ready=True), nodes=[node("node-1"), node("node-2")])
        )
        == []
    )
