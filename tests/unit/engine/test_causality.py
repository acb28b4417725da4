"""A cause is what nothing explains; what follows from it is shown under it."""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check.api import Check, Code, Context
from diagnose.check.stages import INDEPENDENT, Stage
from diagnose.engine.causality import explain, settled
from diagnose.model.report import Finding, Outcome, Remediation, Severity, Status


def nothing(_: Context) -> Iterator[Finding]:
    yield from ()


def finding(code: str, *pods: str, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(code=code, summary=code, pods=pods, severity=severity, remediation=Remediation(summary="Mend it."))


def failed(check: str, *findings: Finding) -> Outcome:
    return Outcome(check=check, title="T", status=Status.FAIL, findings=findings)


FIRST = Stage("first")
SECOND = Stage("second", (FIRST,))
THIRD = Stage("third", (SECOND,))
CHECKS = (
    Check(id="a.root", title="T", stage=FIRST, run=nothing),
    Check(id="b.middle", title="T", stage=SECOND, run=nothing),
    Check(id="c.end", title="T", stage=THIRD, run=nothing),
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


def test_an_outcome_has_its_finding_as_the_cause_became() -> None:
    outcomes, causes = explain((failed("a.root", finding("a.x")), failed("b.middle", finding("b.x"))), CHECKS)
    fixed = replace(causes[0], finding=replace(causes[0].finding, remediation=Remediation(summary="Undo it.")))
    found = settled(outcomes, causes, (fixed,))
    assert [each.findings[0].remediation.summary for each in found] == ["Undo it.", "Mend it."]


def test_a_failure_of_other_pods_is_a_cause_of_its_own() -> None:
    _, causes = explain((failed("a.root", finding("a.x", "p")), failed("b.middle", finding("b.x", "q"))), CHECKS)
    assert {cause.finding.code for cause in causes} == {"a.x", "b.x"}


def test_a_finding_about_the_whole_target_explains_any_pod() -> None:
    _, causes = explain((failed("a.root", finding("a.x")), failed("b.middle", finding("b.x", "q"))), CHECKS)
    assert [cause.finding.code for cause in causes] == ["a.x"]


def test_what_explains_most_comes_first() -> None:
    checks = (Check(id="z.lone", title="T", stage=INDEPENDENT, run=nothing), *CHECKS)
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


def test_checks_that_were_skipped_are_named_under_the_cause() -> None:
    skipped = Outcome(check="c.end", title="T", status=Status.SKIP, reason="r", blocked_by=("a.root",))
    _, causes = explain((failed("a.root", finding("a.x")), skipped), CHECKS)
    assert causes[0].explains == ("c.end",)


def code(name: str, explained_by: tuple[str, ...] | None = None) -> Code:
    return Code(id=name, meaning="M.", fix="F.", explained_by=explained_by)


def test_a_code_may_follow_from_less_than_its_check() -> None:
    checks = (
        Check(id="a.injector", title="T", stage=INDEPENDENT, run=nothing),
        Check(
            id="b.admitted",
            title="T",
            stage=INDEPENDENT,
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
        Check(id="a.dns", title="T", stage=INDEPENDENT, run=nothing, codes=(code("a.down"), code("a.slow"))),
        Check(id="b.database", title="T", stage=INDEPENDENT, run=nothing, explained_by=("a.down",)),
    )
    for origin, expected in (("a.down", ["a.down"]), ("a.slow", ["a.slow", "b.refused"])):
        _, causes = explain((failed("a.dns", finding(origin)), failed("b.database", finding("b.refused"))), checks)
        assert [cause.finding.code for cause in causes] == expected


def test_a_stage_follows_from_all_stages_before_it() -> None:
    outcomes, causes = explain((failed("a.root", finding("a.x")), failed("c.end", finding("c.x"))), CHECKS)
    assert [cause.finding.code for cause in causes] == ["a.x"]
    assert outcomes[1].explained_by == ("a.x",)


def test_stages_on_other_branches_explain_nothing() -> None:
    other = Check(id="o.other", title="T", stage=Stage("other", (FIRST,)), run=nothing)
    peer = Check(id="p.peer", title="T", stage=SECOND, run=nothing)
    found = (failed("b.middle", finding("b.x")), failed("o.other", finding("o.x")), failed("p.peer", finding("p.x")))
    _, causes = explain(found, (*CHECKS, other, peer))
    assert {cause.finding.code for cause in causes} == {"b.x", "o.x", "p.x"}


def test_a_new_cause_between_two_stages_touches_neither() -> None:
    new = Check(id="n.new", title="T", stage=SECOND, run=nothing)
    found = (failed("a.root", finding("a.x")), failed("n.new", finding("n.x")), failed("c.end", finding("c.x")))
    outcomes, causes = explain(found, (*CHECKS, new))
    assert [cause.finding.code for cause in causes] == ["a.x"]
    assert outcomes[2].explained_by == ("a.x", "n.x")


def test_a_code_may_belong_to_another_stage_than_its_check() -> None:
    early = Code(id="c.early", meaning="M.", fix="F.", stage=FIRST)
    late = Check(id="c.end", title="T", stage=THIRD, run=nothing, codes=(early, code("c.late")))
    found = (failed("b.middle", finding("b.x")), failed("c.end", finding("c.early"), finding("c.late")))
    outcomes, causes = explain(found, (CHECKS[1], late))
    assert [cause.finding.code for cause in causes] == ["c.early"]
    assert outcomes[0].explained_by == ("c.early",)


def test_an_exception_is_not_passed_on_to_later_stages() -> None:
    build = Check(id="x.build", title="T", stage=INDEPENDENT, run=nothing)
    image = Check(id="b.image", title="T", stage=SECOND, run=nothing, explained_by=("x.build",))
    found = (failed("x.build", finding("x.failed")), failed("c.end", finding("c.x")))
    _, causes = explain(found, (build, image, CHECKS[2]))
    assert {cause.finding.code for cause in causes} == {"x.failed", "c.x"}
    _, causes = explain((*found, failed("b.image", finding("b.missing"))), (build, image, CHECKS[2]))
    assert [cause.finding.code for cause in causes] == ["x.failed"]
