"""Executions that stand still."""

import pytest

from checks.temporal.workflows_progress import WORKFLOWS_PROGRESS
from diagnose.check.api import NotApplicableError
from diagnose.queries.workflow_executions import Executions, StuckExecution
from tests.support.kit import codes, findings
from tests.support.temporal import QUEUE, served


def stuck(*, queue: str = QUEUE) -> Executions:
    return Executions(asked=True, stuck=(StuckExecution("job", "job-1", queue, "send", 7, "", "Resend answers 401"),))


def test_an_activity_that_fails_again_and_again_is_found() -> None:
    assert codes(WORKFLOWS_PROGRESS, served(executions=stuck())) == ["temporal.activity-failing"]


def test_executions_of_other_queues_are_left_alone() -> None:
    assert codes(WORKFLOWS_PROGRESS, served(executions=stuck(queue="other"))) == []


def test_a_server_that_does_not_list_executions_says_nothing() -> None:
    with pytest.raises(NotApplicableError):
        findings(WORKFLOWS_PROGRESS, served())
