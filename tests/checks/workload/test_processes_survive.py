"""Processes that the kernel kills in containers that run on."""

from datetime import timedelta

import pytest

from checks.workload.processes_survive import PROCESSES_SURVIVE
from diagnose.check.api import Context
from diagnose.model.report import Severity, Status
from diagnose.queries.exec_survey.survey import Process
from diagnose.queries.kubernetes import LogLine
from diagnose.queries.query import NoProgramError
from tests.support.kit import NOW, codes, context, findings, log, outcome, survey
from tests.support.objects import pod

ONE = pod("worker-1", {"name": "worker", "resources": {"limits": {"memory": "96Mi"}}}, ready=True)


def counted(kills: int | None, *lines: LogLine) -> Context:
    """Returns what the check sees of a container whose control group counts so many kills."""
    logs = [log(*lines, pod="worker-1")] if lines else []
    return context(ONE, surveys=[survey(ONE, process=Process(oom_kills=kills))], logs=logs)


def line(text: str, age_s: float = 30) -> LogLine:
    return LogLine(text, NOW - timedelta(seconds=age_s))


@pytest.mark.parametrize(
    "text",
    [
        "ERROR shop.web: renderer 24 ended with -9, starting another",
        "[2026-11-24 18:00:00] [ERROR] Worker (pid:12) was sent SIGKILL! Perhaps out of memory?",
        "child exited with code 137",
        "ffmpeg was killed with signal 9",
    ],
)
def test_kills_that_the_program_reports_now_are_a_failure(text: str) -> None:
    (found,) = findings(PROCESSES_SURVIVE, counted(8, line(text)))
    assert (found.code, found.severity) == ("workload.child-oom-killed", Severity.CRITICAL)
    assert "has killed 8 processes of container worker of pod worker-1 at its memory limit of 96Mi" in found.summary
    assert "--limits=memory=192Mi" in found.remediation.steps[0].command


@pytest.mark.parametrize(
    "lines", [(), (line("child exited with code 137", age_s=7200), line("all is well", age_s=900))]
)
def test_kills_of_an_unknown_time_are_a_warning(lines: tuple[LogLine, ...]) -> None:
    (found,) = findings(PROCESSES_SURVIVE, counted(1, *lines))
    assert found.severity is Severity.WARNING
    assert "one process" in found.summary


@pytest.mark.parametrize("kills", [0, None])
def test_a_container_without_kills_is_silent(kills: int | None) -> None:
    assert codes(PROCESSES_SURVIVE, counted(kills, line("child exited with code 137"))) == []


def test_an_image_without_a_shell_shows_no_kills() -> None:
    ctx = context(ONE, survey_problems=[NoProgramError("the image has neither node nor a shell")])
    assert outcome(PROCESSES_SURVIVE, ctx).status is Status.SKIP
