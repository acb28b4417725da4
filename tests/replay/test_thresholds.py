"""The runbook's alerts obey `[thresholds]`: a recording that breaks one is healthy where more is allowed."""

import threading

import pytest

from diagnose.cli.assembly import prepare
from diagnose.cli.settings import Settings
from diagnose.target.request import Request
from diagnose.target.thresholds import Thresholds
from tests.support import recordings


@pytest.mark.parametrize(
    ("name", "code", "more"),
    [
        ("T26", "temporal.failed-share", Thresholds(failed_workflows=0.2)),
        ("T11", "temporal.queue-backlog", Thresholds(queue_backlog=1000)),
    ],
)
def test_an_alert_obeys_its_threshold(name: str, code: str, more: Thresholds) -> None:
    def found(settings: Settings) -> list[str]:
        report = prepare(Request(replay=recordings.path(name)), settings).run(threading.Event())
        return [cause.finding.code for cause in report.causes]

    assert found(Settings()) == [code]
    assert found(Settings(thresholds=more)) == []
