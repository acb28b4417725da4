"""The health of Temporal's frontend."""

import pytest

from checks.temporal.serving import SERVING
from diagnose.queries.query import AnswerState
from diagnose.queries.temporal import TemporalAnswer
from tests.support.kit import codes
from tests.support.temporal import answering


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (TemporalAnswer(AnswerState.YES, serving="SERVING"), []),
        (TemporalAnswer(AnswerState.YES, serving="NOT_SERVING"), ["temporal.not-serving"]),
        (TemporalAnswer(AnswerState.YES, serving="UNIMPLEMENTED: unknown service"), ["temporal.not-temporal"]),
        (TemporalAnswer(AnswerState.NO, speaks="TLS"), ["temporal.tls-expected"]),
        (TemporalAnswer(AnswerState.NO, speaks="HTTP/1.1"), ["temporal.not-grpc"]),
    ],
)
def test_what_answers_on_the_port_is_named(answer: TemporalAnswer, expected: list[str]) -> None:
    assert codes(SERVING, answering(answer)) == expected
