"""The deployment version that new workflows are sent to."""

import pytest

from checks.temporal.versions_polled import VERSIONS_POLLED
from diagnose.queries.temporal import Queue
from tests.support.kit import codes
from tests.support.temporal import QUEUE, poller, served


@pytest.mark.parametrize(("runs", "expected"), [("worker.2", []), ("worker.1", ["temporal.version-not-polled"])])
def test_a_version_that_no_worker_runs_is_found(runs: str, expected: list[str]) -> None:
    queue = Queue(QUEUE, (poller("worker-1", version=runs),), version="worker.2")
    assert codes(VERSIONS_POLLED, served(queue)) == expected
