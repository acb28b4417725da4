"""One fault that is seen from the caller and from the workload behind the Service is one cause."""

from collections.abc import Iterable

import msgspec
import pytest

from diagnose.engine.callers import linked
from diagnose.engine.several import Part
from diagnose.model.report import Cause, Finding, Outcome, Remediation, Report, Severity, Status
from diagnose.resources import Service
from tests.support.kit import NOW, about, context
from tests.support.objects import pod, service

REACHABLE = "network.hosts-reachable"


def finding(code: str, *subjects: str, severity: Severity = Severity.CRITICAL) -> Finding:
    made = Remediation(summary="Correct it.")
    return Finding(code=code, summary=f"{code} of {subjects}", subjects=subjects, severity=severity, remediation=made)


def failed(check: str, *findings: Finding, explained_by: tuple[str, ...] = ()) -> Outcome:
    return Outcome(check=check, title="T", status=Status.FAIL, findings=findings, explained_by=explained_by)


def part(name: str, *outcomes: Outcome, explains: tuple[str, ...] = (), ready: bool = True, works: bool = True) -> Part:
    """Returns a workload with the label app=NAME, whose findings that nothing explains are causes."""
    ctx = about(context(pod(f"{name}-1", ready=ready, labels={"app": name})), name=name)
    unexplained = (each for each in outcomes if not each.explained_by)
    causes = tuple(Cause(check=o.check, finding=f, explains=explains) for o in unexplained for f in o.findings)
    report = Report(
        tool_version="0",
        started_at=NOW,
        duration_s=0,
        complete=True,
        target=ctx.target.facts,
        outcomes=outcomes,
        causes=causes,
        works=works,
    )
    return Part(ctx.target, report)


def caller(code: str = "network.refused", subject: str = "service/msp/catalog", name: str = "web") -> Part:
    return part(name, failed(REACHABLE, finding(code, subject)), explains=("logs.error-rate",))


def causes(parts: Iterable[Part]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.finding.code, each.explains) for one in parts for each in one.report.causes]


def services(*names: str) -> list[Service]:
    return [msgspec.convert(service(name, 80), Service) for name in names]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("network.no-endpoints", "network.service-selects-none"),
        ("network.refused", "health.service-port-mismatch"),
        ("database.refused", "network.listens-locally"),
    ],
)
def test_what_a_caller_cannot_reach_follows_from_what_is_wrong_with_the_service(code: str, found: str) -> None:
    behind = part("catalog", failed("network.services-reach", finding(found, "service/catalog")))
    parts = linked((caller(code), behind), ())
    assert causes(parts) == [(found, (REACHABLE, "logs.error-rate"))]
    assert [each.explained_by for each in parts[0].report.outcomes] == [(found,)]
    assert code in parts[0].state.reason


def test_a_service_of_the_same_name_in_another_namespace_is_another_one() -> None:
    behind = part(
        "catalog", failed("network.services-reach", finding("network.service-selects-none", "service/catalog"))
    )
    assert len(causes(linked((caller(subject="service/other/catalog"), behind), ()))) == 2


@pytest.mark.parametrize(("ready", "works", "count"), [(False, False, 1), (True, True, 2)])
def test_a_workload_of_which_no_pod_is_ready_explains_its_callers(ready: bool, works: bool, count: int) -> None:
    crash = failed("workload.running", finding("workload.crash-looping", "pod/catalog-1"))
    parts = linked((caller(), part("catalog", crash, ready=ready, works=works)), services("catalog", "other"))
    assert len(causes(parts)) == count
    assert causes(parts)[-1][0] == "workload.crash-looping"


def test_of_a_chain_of_callers_the_last_one_has_the_cause() -> None:
    crash = failed("workload.running", finding("workload.crash-looping", "pod/store-1"))
    middle = part(
        "catalog", failed(REACHABLE, finding("network.refused", "service/msp/store")), ready=False, works=False
    )
    last = part("store", crash, ready=False, works=False)
    parts = linked((caller(), middle, last), services("catalog", "store"))
    assert causes(parts) == [("workload.crash-looping", (REACHABLE, "logs.error-rate"))]


def test_workloads_that_only_wait_for_each_other_are_all_causes() -> None:
    one, other = (
        part(name, failed(REACHABLE, finding("network.refused", f"service/msp/{called}")), ready=False, works=False)
        for name, called in (("a", "b"), ("b", "a"))
    )
    assert len(causes(linked((one, other), services("a", "b")))) == 2


def test_two_callers_of_a_service_without_a_workload_in_the_run_are_causes() -> None:
    assert len(causes(linked((caller(name="a"), caller(name="b")), services("catalog")))) == 2


def test_a_fault_of_the_service_that_follows_from_another_one_names_that() -> None:
    wrong = finding("health.service-port-mismatch", "service/catalog")
    consequence = failed("network.services-reach", wrong, explained_by=("health.port-mismatch",))
    root = failed("health.port-agrees", finding("health.port-mismatch", "pod/catalog-1"))
    parts = linked((caller(), part("catalog", root, consequence, explains=("network.services-reach",))), ())
    assert [code for code, _ in causes(parts)] == ["health.port-mismatch"]


def test_a_warning_about_a_service_explains_no_failure_of_a_caller() -> None:
    doubtful = finding("health.service-port-mismatch", "service/catalog", severity=Severity.WARNING)
    parts = (caller(), part("catalog", failed("network.services-reach", doubtful)))
    assert linked(parts, ()) is parts


def test_a_workload_that_was_scaled_to_zero_is_the_cause_of_what_its_callers_lack() -> None:
    off = finding("workload.scaled-to-zero", "deployment/catalog", severity=Severity.WARNING)
    behind = part("catalog", failed("workload.replicas", off), ready=False)
    (found,) = [each for one in linked((caller(), behind), services("catalog")) for each in one.report.causes]
    assert (found.finding.code, found.finding.severity) == ("workload.scaled-to-zero", Severity.CRITICAL)
    assert found.explains == (REACHABLE, "logs.error-rate")
