"""Temporal's matching service behind the frontend."""

from checks.temporal.backends_answer import BACKENDS_ANSWER
from diagnose.queries.temporal import Queue
from tests.support.kit import codes
from tests.support.temporal import QUEUE, served

BROKEN = Queue(QUEUE, error="UNAVAILABLE: last connection error: connection refused")


def test_a_frontend_that_can_describe_no_queue_has_no_matching_service() -> None:
    assert codes(BACKENDS_ANSWER, served(BROKEN)) == ["temporal.matching-unavailable"]


def test_one_queue_that_is_described_is_enough() -> None:
    assert codes(BACKENDS_ANSWER, served(BROKEN, Queue("other"))) == []
