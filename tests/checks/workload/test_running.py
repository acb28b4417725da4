"""Containers that crash."""

import pytest

from checks.workload.running import RUNNING
from tests.support.kit import Json, codes, context
from tests.support.objects import crashing, pod, running


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (crashing(1), ["workload.crash-looping"]),
        (crashing(139), ["process.native-crash"]),
        # What the kernel kills is reported by workload.memory-sufficient.
        (crashing(137, "OOMKilled"), []),
        (running(), []),
    ],
)
def test_a_container_that_does_not_keep_running_is_found(status: Json, expected: list[str]) -> None:
    assert codes(RUNNING, context(pod(status={"containerStatuses": [status]}))) == expected
