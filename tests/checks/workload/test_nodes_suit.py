"""Nodes for the version that is to be deployed."""

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
