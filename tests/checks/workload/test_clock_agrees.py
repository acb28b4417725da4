"""The clocks of the pods, by what their containers report."""

import pytest

from checks.vault.agent_logged_in import AGENT_LOGGED_IN
from checks.workload.clock_agrees import CLOCK_AGREES
from diagnose.check.api import NotApplicableError, SurveyResult
from diagnose.model.report import Confidence, Severity, Status
from diagnose.queries.exec_survey.survey import Process
from diagnose.queries.query import NoAnswerError, NoProgramError
from tests.support.kit import agent_log, codes, context, findings, outcome, survey
from tests.support.objects import pod

SERVER = 1_795_545_000.4
ONE, TWO, THREE = pod("worker-1", node="a"), pod("worker-2", node="b"), pod("worker-3", node="b")
REFUSAL = "Code: 400. Errors:\n* invalid not before (nbf) claim"


def reading(of: dict[str, object], ahead_s: int | None, *, read_at: float = SERVER, **more: str) -> SurveyResult:
    clock = None if ahead_s is None else int(SERVER) + ahead_s
    return survey(of, process=Process(clock=clock), read_at=read_at, **more)


def test_clocks_that_agree_to_a_minute_are_well() -> None:
    assert outcome(CLOCK_AGREES, context(ONE, TWO, surveys=[reading(ONE, 58), reading(TWO, -58)])).status is Status.PASS


@pytest.mark.parametrize(("ahead_s", "said"), [(300, "5 min ahead of"), (-7200, "2 h behind"), (86400, "24 h ahead")])
def test_a_node_that_is_off_alone_has_the_wrong_clock(ahead_s: int, said: str) -> None:
    ctx = context(ONE, TWO, THREE, surveys=[reading(ONE, 1), reading(TWO, ahead_s)])
    (finding,) = findings(CLOCK_AGREES, ctx)
    assert finding.summary.startswith(f"The clock of node b is {said}")
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.CERTAIN)
    assert (finding.subjects, finding.pods) == (("node/b",), ("worker-2", "worker-3"))


def test_where_no_clock_agrees_it_may_be_the_servers() -> None:
    (finding,) = findings(CLOCK_AGREES, context(ONE, TWO, surveys=[reading(ONE, 90), reading(TWO, 91)]))
    assert finding.confidence is Confidence.LIKELY
    assert finding.subjects == ("node/a", "node/b")
    assert "91 s ahead of" in finding.summary


def test_a_container_that_is_off_alone_on_its_node_is_not_the_nodes_fault() -> None:
    (finding,) = findings(CLOCK_AGREES, context(TWO, THREE, surveys=[reading(TWO, 0), reading(THREE, -90)]))
    assert finding.confidence is Confidence.LIKELY
    assert (finding.subjects, finding.pods) == (("pod/worker-3",), ("worker-3",))


@pytest.mark.parametrize(("refused", "severity"), [("worker-3", Severity.CRITICAL), ("worker-1", Severity.WARNING)])
def test_a_login_that_fails_for_it_makes_it_critical(refused: str, severity: Severity) -> None:
    readings = [reading(ONE, 1), reading(TWO, 300)]
    ctx = context(ONE, TWO, THREE, surveys=readings, logs=[agent_log(REFUSAL, pod=refused)])
    (finding,) = findings(CLOCK_AGREES, ctx)
    assert finding.severity is severity


def test_a_login_that_succeeded_later_does_not_count() -> None:
    log = agent_log(REFUSAL, "authentication successful", pod="worker-2")
    (finding,) = findings(CLOCK_AGREES, context(ONE, TWO, surveys=[reading(ONE, 1), reading(TWO, 300)], logs=[log]))
    assert finding.severity is Severity.WARNING


def test_the_refused_login_follows_from_it() -> None:
    assert CLOCK_AGREES.stage_of("workload.clock-skew") in AGENT_LOGGED_IN.stage_of("vault.clock-skew").earlier


def test_a_pod_that_does_not_report_its_clock_is_unknown() -> None:
    ctx = context(ONE, TWO, surveys=[reading(ONE, 0), reading(TWO, None)])
    assert outcome(CLOCK_AGREES, ctx).status is Status.UNKNOWN


def test_what_was_recorded_without_a_clock_is_not_a_pass() -> None:
    for each in ([], [reading(ONE, None, read_at=0.0)], [reading(ONE, 300, read_at=0.0)]):
        with pytest.raises(NotApplicableError):
            codes(CLOCK_AGREES, context(ONE, surveys=each))


def test_containers_that_cannot_report_a_clock_are_unknown_and_not_skipped() -> None:
    assert outcome(CLOCK_AGREES, context(ONE, surveys=[reading(ONE, None)])).status is Status.UNKNOWN


@pytest.mark.parametrize("other", [[], [NoProgramError('exec: "sh": not in the image')]])
def test_surveys_that_fail_are_unknown(other: list[NoAnswerError]) -> None:
    problems = [*other, NoAnswerError("exec is forbidden")]
    assert outcome(CLOCK_AGREES, context(ONE, survey_problems=problems)).status is Status.UNKNOWN


def test_containers_without_a_program_that_prints_a_clock_are_not_applicable() -> None:
    problem = NoProgramError('exec into pod worker-1: exec: "sh": not in the image')
    found = outcome(CLOCK_AGREES, context(ONE, survey_problems=[problem]))
    assert (found.status, str(problem) in found.reason) == (Status.SKIP, True)


def test_a_container_without_a_program_does_not_cover_another_one() -> None:
    problem = NoProgramError('exec into pod worker-2: exec: "sh": not in the image')
    ctx = context(ONE, TWO, surveys=[reading(ONE, 0)], survey_problems=[problem])
    assert outcome(CLOCK_AGREES, ctx).status is Status.UNKNOWN
