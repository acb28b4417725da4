"""Volumes that the kubelet cannot mount."""

from checks.workload.volumes_mounted import VOLUMES_MOUNTED
from tests.support.kit import codes, context, findings
from tests.support.objects import event, pod, running, waiting

FAILED = event("FailedMount", 'MountVolume.SetUp failed for volume "cache" : rpc error: volume is not attached')
CREATING = pod(status={"containerStatuses": [waiting("ContainerCreating")]})


def test_a_mount_that_fails_is_found() -> None:
    (finding,) = findings(VOLUMES_MOUNTED, context(CREATING, events=[FAILED]))
    assert finding.code == "workload.volume-not-mounted"
    assert 'volume "cache"' in finding.summary


def test_once_a_container_runs_its_volumes_are_mounted() -> None:
    started = pod(ready=True, status={"containerStatuses": [running()]})
    assert codes(VOLUMES_MOUNTED, context(started, events=[FAILED])) == []


def test_without_an_event_the_kubelet_is_at_work() -> None:
    assert codes(VOLUMES_MOUNTED, context(CREATING)) == []


def test_what_the_node_does_not_have_is_named_with_the_node() -> None:
    message = (
        'MountVolume.SetUp failed for volume "run" : hostPath type check failed: /run/docker.sock is not a socket file'
    )
    creating = pod(node="a", status={"containerStatuses": [waiting("ContainerCreating")]})
    (finding,) = findings(VOLUMES_MOUNTED, context(creating, events=[event("FailedMount", message)]))
    assert finding.code == "workload.host-path-absent"
    assert "Node a has no socket file /run/docker.sock" in finding.summary
