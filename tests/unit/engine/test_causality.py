"""A cause is what nothing explains; what follows from it is shown under it."""

from collections.abc import Iterator

from diagnose.check.api import Check, Code, Context
from diagnose.engine.causality import explain
from diagnose.model.report import Finding, Outcome, Remediation, Severity, Status


def nothing(_: Context) -> Iterator[Finding]:
    yield from ()


def finding(code: str, *pods: str, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(code=code, summary=code, pods=pods, severity=severity, remediation=Remediation(summary="Mend it."))


def failed(check: str, *findings: Finding) -> Outcome:
    return Outcome(check=check, title="T", status=Status.FAIL, findings=findings)


CHECKS = (
    Check(id="a.root", title="T", run=nothing),
    Check(id="b.middle", title="T", run=nothing, explained_by=("a.root",)),
    Check(id="c.end", title="T", run=nothing, explained_by=("b.middle",)),
)


def test_consequences_stand_under_their_cause() -> None:
    outcomes, causes = explain(
        (
            failed("a.root", finding("a.x", "p")),
            failed("b.middle", finding("b.x", "p")),
            failed("c.end", finding("c.x", "p")),
        ),
        CHECKS,
    )
    assert [cause.finding.code for cause in causes] == ["a.x"]
    assert causes[0].explains == ("b.middle", "c.end")
    assert outcomes[1].explained_by == ("a.x",)


def test_a_failure_of_other_pods_is_a_cause_of_its_own() -> None:
    _, causes = explain((failed("a.root", finding("a.x", "p")), failed("b.middle", finding("b.x", "q"))), CHECKS)
    assert {cause.finding.code for cause in causes} == {"a.x", "b.x"}


def test_a_finding_about_the_whole_target_explains_any_pod() -> None:
    _, causes = explain((failed("a.root", finding("a.x")), failed("b.middle", finding("b.x", "q"))), CHECKS)
    assert [cause.finding.code for cause in causes] == ["a.x"]


def test_what_explains_most_comes_first() -> None:
    checks = (Check(id="z.lone", title="T", run=nothing), *CHECKS)
    _, causes = explain(
        (failed("z.lone", finding("z.x")), failed("a.root", finding("a.x")), failed("b.middle", finding("b.x"))), checks
    )
    assert [cause.finding.code for cause in causes] == ["a.x", "z.x"]


def test_a_warning_does_not_explain_a_failure() -> None:
    warned = Outcome(
        check="a.root", title="T", status=Status.WARN, findings=(finding("a.w", severity=Severity.WARNING),)
    )
    _, causes = explain((warned, failed("b.middle", finding("b.x"))), CHECKS)
    assert [cause.finding.code for cause in causes] == ["b.x", "a.w"]


def test_checks_that_were_not_asked_are_named_under_the_cause() -> None:
    skipped = Outcome(check="c.end", title="T", status=Status.SKIP, reason="r", blocked_by=("a.root",))
    _, causes = explain((failed("a.root", finding("a.x")), skipped), CHECKS)
    assert causes[0].explains == ("c.end",)


def code(name: str, explained_by: tuple[str, ...] | None = None) -> Code:
    return Code(id=name, meaning="M.", fix="F.", explained_by=explained_by)


def test_a_code_may_follow_from_less_than_its_check() -> None:
    checks = (
        Check(id="a.injector", title="T", run=nothing),
        Check(
            id="b.admitted",
            title="T",
            run=nothing,
            codes=(code("b.quota", ()), code("b.webhook")),
            explained_by=("a.injector",),
        ),
    )
    outcomes, causes = explain(
        (failed("a.injector", finding("a.down")), failed("b.admitted", finding("b.quota"), finding("b.webhook"))),
        checks,
    )
    assert [cause.finding.code for cause in causes] == ["a.down", "b.quota"]
    assert causes[0].explains == ("b.admitted",)
    assert outcomes[1].explained_by == ()


def test_a_finding_may_follow_from_one_code_of_a_check_and_not_from_another() -> None:
    checks = (
        Check(id="a.dns", title="T", run=nothing, codes=(code("a.down"), code("a.slow"))),
        Check(id="b.database", title="T", run=nothing, explained_by=("a.down",)),
    )
    for origin, expected in (("a.down", ["a.down"]), ("a.slow", ["a.slow", "b.refused"])):
        _, causes = explain((failed("a.dns", finding(origin)), failed("b.database", finding("b.refused"))), checks)
        assert [cause.finding.code for cause in causes] == expected
