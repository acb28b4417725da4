"""The start of the worker."""

from datetime import timedelta

import pytest
from msgspec import structs
from msgspec.structs import replace

from checks.logs.startup_complete import STARTUP_COMPLETE
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import NOW, WORKER, codes, context, findings, log
from tests.support.objects import crashing, pod, running

LAST_STEP = "info: Health check server listening on port 8080"


def started(*lines: str, since_s: float = 3600) -> Context:
    """Returns what the check sees of a pod that is not ready, whose container has run for so long."""
    own = pod(age_s=since_s, status={"containerStatuses": [running(ready=False, since_s=since_s)]})
    return context(own, profile=WORKER, logs=[log(*lines)])


def test_a_start_that_takes_too_long_hangs() -> None:
    assert codes(STARTUP_COMPLETE, started("info: starting")) == ["logs.startup-hangs"]


def test_that_a_start_hangs_is_never_a_certain_cause() -> None:
    (found,) = findings(STARTUP_COMPLETE, started())
    assert found.confidence is Confidence.LIKELY
    assert str(found.remediation.steps[1].command).endswith(" -- cat /proc/1/cmdline")


@pytest.mark.parametrize(("ago_s", "expected"), [(40, []), (150, ["logs.startup-hangs"])])
def test_a_slow_start_hangs_only_since_its_last_step(ago_s: float, expected: list[str]) -> None:
    own = pod(age_s=300, status={"containerStatuses": [running(ready=False, since_s=300)]})
    first = LogLine("info: starting", NOW - timedelta(seconds=299))
    lines = [first, LogLine("Database connection successful", NOW - timedelta(seconds=ago_s))]
    assert codes(STARTUP_COMPLETE, context(own, profile=WORKER, logs=[log(*lines)])) == expected


def test_a_young_start_is_still_in_progress() -> None:
    assert codes(STARTUP_COMPLETE, started("info: starting", since_s=10)) == []


@pytest.mark.parametrize(("exit_code", "expected"), [(1, ["logs.startup-failed"]), (137, ["logs.startup-hangs"])])
def test_a_start_that_ended_has_failed_or_was_killed(exit_code: int, expected: list[str]) -> None:
    own = pod(status={"containerStatuses": [crashing(exit_code)]})
    at = NOW - timedelta(seconds=50)
    logs = [log(LogLine("info: starting", at), LogLine("error: no configuration", at))]
    assert codes(STARTUP_COMPLETE, context(own, profile=WORKER, logs=logs)) == expected


@pytest.mark.parametrize(("text", "problems"), [("info: starting", ["not read"]), (LAST_STEP, [])])
def test_a_start_whose_log_has_a_gap_is_unknown_unless_it_completed(text: str, problems: list[str]) -> None:
    ctx = started(text)
    [found] = ctx.run_data.logs()
    cut = replace(found, text=structs.replace(found.text, gap="not read"))
    other = context(*ctx.target.pods, profile=WORKER, logs=[cut])
    assert codes(STARTUP_COMPLETE, other) == []
    assert other.problems == problems
