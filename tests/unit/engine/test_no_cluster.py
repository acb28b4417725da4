"""A cluster that cannot be reached is one unknown check with its next step, in place of one for each check."""

import threading
import time
from datetime import UTC, datetime

import pytest

from checks import CHECKS
from diagnose.cli.assembly import catalogue
from diagnose.engine.diagnosis import Examination
from diagnose.model.report import ExitCode, Report, Status, Verdict
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotLoggedInError, Query, UnreachableError
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from reports import NAMES, RENDERERS, Options


def report_of(error: NoAnswerError, context: str = "made-up") -> Report:
    class Unanswered:
        def answer(self, query: Query[object], timeout_s: float) -> object:
            raise error

    request = Request(namespace="msp", context=context)
    gateway = Gateway(Unanswered(), time.monotonic() + 60)
    examination = Examination(request=request, catalogue=catalogue(), gateway=gateway, now=datetime.now(UTC))
    return examination.run(threading.Event())


REFUSED = UnreachableError("list pods in namespace msp: the API server https://10.0.0.1 does not answer: refused")


def test_an_unreachable_cluster_is_one_unknown_check_with_its_next_step() -> None:
    report = report_of(REFUSED)
    assert (report.exit_code, report.verdict, report.count(Status.UNKNOWN)) == (ExitCode.INCOMPLETE, Verdict.UNKNOWN, 1)
    assert len(report.outcomes) == report.count(Status.SKIP) + 1 > len(CHECKS) / 3
    (cause,) = report.causes
    assert (cause.finding.code, cause.explains) == ("workload.cluster-unreachable", ())
    assert cause.finding.summary == "The API server https://10.0.0.1 does not answer: refused."
    commands = [str(step.command) for step in cause.finding.remediation.steps]
    assert commands == ["kubectl get --raw /readyz --context made-up", "kubectl config view --minify --context made-up"]


def test_in_the_cluster_no_context_is_named() -> None:
    (cause,) = report_of(REFUSED, context="in-cluster").causes
    assert not any("--context" in step.command for step in cause.finding.remediation.steps)


def test_without_credentials_the_next_step_is_to_log_in() -> None:
    report = report_of(NotLoggedInError("the credential plug-in made-up failed with exit code 255: session expired"))
    (cause,) = report.causes
    assert cause.finding.code == "workload.login-refused"
    assert "session expired" in cause.finding.summary
    assert cause.finding.remediation.steps[0].command == "kubectl auth whoami --context made-up"


@pytest.mark.parametrize("kind", [NoAnswerError, ForbiddenError])
def test_another_missing_answer_is_one_unknown_check_without_a_cause(kind: type[NoAnswerError]) -> None:
    report = report_of(kind("list pods in namespace msp is forbidden for made-up"))
    assert (report.exit_code, report.count(Status.UNKNOWN), report.causes) == (ExitCode.INCOMPLETE, 1, ())


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_the_error_once_or_twice_and_no_list_of_checks(name: str) -> None:
    text = RENDERERS[name](report_of(REFUSED), Options())
    assert "https://10.0.0.1" in text or name == "prometheus"
    assert text.count("does not answer") <= 5
