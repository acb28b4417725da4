"""The image of the pods."""

import pytest

from checks.workload.image_pulled import IMAGE_PULLED
from diagnose.check.api import Context
from tests.support.kit import codes, context, findings
from tests.support.objects import pod, running, waiting

IMAGE = "registry.example/worker:1"


def pulling(message: str, reason: str = "ImagePullBackOff") -> Context:
    main = {"name": "worker", "image": IMAGE}
    return context(pod("worker-1", main, status={"containerStatuses": [waiting(reason, message)]}), container=main)


@pytest.mark.parametrize(
    ("message", "reason", "expected"),
    [
        (f'failed to resolve reference "{IMAGE}": {IMAGE}: not found', "ImagePullBackOff", "workload.image-not-found"),
        ("pull access denied: 401 Unauthorized", "ErrImagePull", "workload.image-unauthorized"),
        ("invalid reference format", "InvalidImageName", "workload.image-name-invalid"),
    ],
)
def test_a_pull_that_fails_has_the_code_of_its_reason(message: str, reason: str, expected: str) -> None:
    (finding,) = findings(IMAGE_PULLED, pulling(message, reason))
    assert finding.code == expected
    assert finding.pods == ("worker-1",)


def test_a_container_that_runs_has_its_image() -> None:
    assert codes(IMAGE_PULLED, context(pod(ready=True, status={"containerStatuses": [running()]}))) == []
