"""Task queues that belong to another worker."""

import pytest

from checks.temporal.queues_allowed import QUEUES_ALLOWED
from tests.support.kit import WORKER, codes, context
from tests.support.objects import variables


@pytest.mark.parametrize(
    ("queues", "expected"),
    [
        ("tenant-workflows", []),
        (f"tenant-workflows,{WORKER.foreign_queues[0]}", ["temporal.queue-forbidden"]),
    ],
)
def test_a_queue_of_another_worker_is_found(queues: str, expected: list[str]) -> None:
    env = variables(TEMPORAL_ADDRESS="temporal:7233", TEMPORAL_TASK_QUEUE=queues)
    assert codes(QUEUES_ALLOWED, context(profile=WORKER, container={"env": env})) == expected
