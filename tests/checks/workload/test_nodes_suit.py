"""Nodes for the version that is to be deployed."""

import pytest

from checks.workload.nodes_suit import NODES_SUIT
from diagnose.model.report import Status
from tests.support.kit import Json, outcome
from tests.support.predeploy import IMAGE, PLAIN_POD, before_deploy

NODE: Json = {
    "metadata": {"name": "n1"},
    "status": {"images": [{"names": [IMAGE]}], "allocatable": {"cpu": "1", "memory": "1Gi"}},
}


def test_a_node_must_be_free_of_taints_and_large_enough() -> None:
    large = {"spec": {"containers": [{"name": "worker", "resources": {"requests": {"memory": "2Gi"}}}]}}
    tainted = {**NODE, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}
    cordoned = {**NODE, "spec": {"unschedulable": True}}
    assert outcome(NODES_SUIT, before_deploy(PLAIN_POD, nodes=[tainted, cordoned, NODE])).status is Status.PASS
    assert outcome(NODES_SUIT, before_deploy(PLAIN_POD, nodes=[tainted, cordoned])).status is Status.FAIL
    assert "has only 1Gi memory" in outcome(NODES_SUIT, before_deploy(large, nodes=[NODE])).findings[0].summary


def required(*terms: Json) -> Json:
    """Returns a pod that must run on a node that one of these terms describes."""
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"spec": {**PLAIN_POD["spec"], "affinity": {"nodeAffinity": affinity}}}


@pytest.mark.parametrize(
    ("rule", "suits"),
    [
        ({"key": "disk", "operator": "In", "values": ["ssd"]}, True),
        ({"key": "disk", "operator": "In", "values": ["hdd", "nvme"]}, False),
        ({"key": "disk", "operator": "DoesNotExist"}, False),
        ({"key": "zone", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "cores", "operator": "Gt", "values": ["16"]}, False),
        ({"key": "cores", "operator": "Lt", "values": ["16"]}, True),
        ({"key": "zone", "operator": "Gt", "values": ["1"]}, False),
    ],
)
def test_a_node_must_be_what_the_node_affinity_requires(rule: Json, suits: bool) -> None:
    labelled = {**NODE, "metadata": {"name": "n1", "labels": {"disk": "ssd", "cores": "8"}}}
    found = outcome(NODES_SUIT, before_deploy(required({"matchExpressions": [rule]}), nodes=[labelled]))
    assert (found.status is Status.PASS) is suits
    if not suits:
        assert "has other labels" in found.findings[0].summary


def test_one_term_of_the_affinity_is_enough_and_an_empty_one_matches_nothing() -> None:
    by_name = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}
    assert outcome(NODES_SUIT, before_deploy(required({}, by_name), nodes=[NODE])).status is Status.PASS
    assert outcome(NODES_SUIT, before_deploy(required({}), nodes=[NODE])).status is Status.FAIL


def test_a_node_must_have_what_sidecars_overhead_and_devices_require() -> None:
    def status(**spec: Json | list[Json]) -> Status:
        containers = [{"name": "worker", "resources": {"requests": {"cpu": "600m"}}}]
        return outcome(NODES_SUIT, before_deploy({"spec": {"containers": containers, **spec}}, nodes=[NODE])).status

    sidecar: Json = {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "500m"}}}
    assert status() is Status.PASS
    assert status(initContainers=[{**sidecar, "restartPolicy": ""}]) is Status.PASS
    assert status(initContainers=[sidecar]) is Status.FAIL
    assert status(overhead={"cpu": "500m"}) is Status.FAIL
    assert status(resources={"requests": {"cpu": "1500m"}}) is Status.FAIL
    device: Json = {"name": "d", "resources": {"limits": {"example.test/gpu": "1"}}}
    assert status(containers=[device]) is Status.FAIL
