"""Each query of a healthy run fails by itself: the run is unknown, or names it beside what answered in its place."""

import threading
import time
from typing import Any

import pytest
from msgspec.structs import replace

from diagnose.cli.assembly import prepare
from diagnose.model.report import ExitCode, Report, Status
from diagnose.queries.query import NoAnswerError, Query
from diagnose.sources.gateway import Gateway, key_of
from diagnose.target.request import Request
from tests.replay.test_rights import HEALTHY
from tests.support import recordings
from tests.support.sources import Refusing

LOST = "the answer was lost on its way"


def without(name: str, key: str) -> Report:
    """Returns the report of a recorded run in which one query fails."""

    def error(query: Query[Any]) -> NoAnswerError | None:
        return NoAnswerError(LOST) if key_of(query) == key else None

    gateway = Gateway(Refusing(recordings.recording(name), error), time.monotonic() + 30)
    return replace(prepare(Request(replay=recordings.path(name))), gateway=gateway).run(threading.Event())


@pytest.mark.parametrize("name", HEALTHY)
def test_no_answer_is_lost_in_silence(name: str) -> None:
    examination = prepare(Request(replay=recordings.path(name)))
    whole = examination.run(threading.Event())
    queries = [key_of(each.query) for each in examination.gateway.answers if each.error is None]
    silent, unfounded = [], []
    for key in queries:
        report = without(name, key)
        naming = [each for each in report.outcomes if LOST in each.reason]
        # A remark has what answered in its place in brackets; to a finding, a missing answer is only a detail.
        passing = [each for each in naming if each.status in {Status.PASS, Status.SKIP} and "(" not in each.reason]
        if (
            not naming
            or passing
            or (report.exit_code is ExitCode.OPEN) != all(each.status is not Status.UNKNOWN for each in naming)
        ):
            silent.append(key)
        if {each.finding.code for each in report.causes} - {each.finding.code for each in whole.causes}:
            unfounded.append(key)
    assert (silent, unfounded) == ([], [])
