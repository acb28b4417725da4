"""One property of nodes that separates failing from working pods is named with counts; none, or several, are not."""

import msgspec
import pytest

from diagnose.domain.kubernetes.who_fails import split_of
from diagnose.resources import Node, Pod
from tests.support.kit import as_pod
from tests.support.objects import node, pod

ZONE, ARCH = "topology.kubernetes.io/zone", "kubernetes.io/arch"


def pods(*nodes: str) -> list[Pod]:
    return [as_pod(pod(f"p-{number}-{name}", node=name)) for number, name in enumerate(nodes)]


def of(name: str, **labels: str) -> Node:
    made = node(name)
    made["metadata"]["labels"] = {ZONE: labels.get("zone", ""), ARCH: labels.get("arch", "")}
    return msgspec.convert(made, Node)


def test_the_only_node_with_failing_pods_is_named_with_counts() -> None:
    split = split_of(pods("b", "b"), pods("a", "a", "c"))
    assert split is not None
    assert split.text == "only on node b: 2 of 2 pods fail there, 0 of 3 elsewhere"
    assert split.is_significant


@pytest.mark.parametrize(("failing", "working"), [("b", "a"), ("b", "aa"), ("b", "aaaaaaaa"), ("bb", "aa")])
def test_few_pods_may_be_on_one_node_by_chance(failing: str, working: str) -> None:
    split = split_of(pods(*failing), pods(*working))
    assert split is not None
    assert not split.is_significant


def test_a_pod_that_works_on_the_node_exonerates_it() -> None:
    assert split_of(pods("b", "b"), pods("a", "b", "c")) is None


def test_what_failing_nodes_have_in_common_is_named() -> None:
    nodes = [of("a", zone="1", arch="amd64"), of("b", zone="2", arch="amd64"), of("c", zone="2", arch="amd64")]
    split = split_of(pods("b", "c"), pods("a", "a", "a"), nodes)
    assert split is not None
    assert (split.name, split.nodes) == ("zone 2", ("b", "c"))


def test_two_properties_that_both_separate_prove_neither() -> None:
    nodes = [of("a", zone="1", arch="amd64"), of("b", zone="2", arch="arm64"), of("c", zone="2", arch="arm64")]
    assert split_of(pods("b", "c"), pods("a", "a", "a"), nodes) is None


def test_without_failing_or_working_pods_nothing_is_separated() -> None:
    assert split_of(pods("a"), []) is None
    assert split_of([], pods("a")) is None
