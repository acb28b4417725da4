"""Secrets and ConfigMaps that keep pods from starting."""

import pytest

from checks.secrets.references_resolve import REFERENCES_RESOLVE
from diagnose.check.api import Context
from tests.support.kit import codes, context, findings
from tests.support.objects import event, from_secret, pod, running, waiting


def creating(message: str) -> Context:
    main = {"name": "worker", "env": [from_secret("TOKEN", "s", "K")]}
    return context(
        pod("worker-1", main, status={"containerStatuses": [waiting("CreateContainerConfigError", message)]})
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('secret "s" not found', "secrets.secret-not-found"),
        ("couldn't find key K in Secret msp/s", "secrets.key-not-found"),
        ('configmap "c" not found', "secrets.configmap-not-found"),
    ],
)
def test_what_a_variable_refers_to_and_is_not_there_is_named(message: str, expected: str) -> None:
    (finding,) = findings(REFERENCES_RESOLVE, creating(message))
    assert finding.code == expected
    assert finding.pods == ("worker-1",)


def test_a_secret_that_a_volume_lacks_is_named_by_the_kubelets_event() -> None:
    waits = pod(status={"containerStatuses": [waiting("ContainerCreating")]})
    failed = event("FailedMount", 'MountVolume.SetUp failed for volume "v" : secret "s" not found')
    assert codes(REFERENCES_RESOLVE, context(waits, events=[failed])) == ["secrets.secret-not-found"]


def test_a_container_that_runs_has_its_references() -> None:
    assert codes(REFERENCES_RESOLVE, context(pod(ready=True, status={"containerStatuses": [running()]}))) == []
