"""What `Code` makes of a finding, and `Context` of a query without an answer."""

from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from diagnose.check.api import Check, Code, Context, Contradiction, Missing, NotApplicableError
from diagnose.check.stages import INDEPENDENT
from diagnose.model.report import Confidence, Evidence, Finding, Outcome, Severity, Status
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from diagnose.resources import Event, Node, Service
from tests.support.kit import context, outcome
from tests.support.objects import node, pod

REFUSED = "list nodes is forbidden"
WARNING = Code(id="a.found", meaning="M.", fix="F.", severity=Severity.WARNING)


def run(body: Callable[[Context], Iterator[Finding]], error: Exception | None = None, **given: object) -> Outcome:
    """Returns the outcome of a check where nodes cannot be listed."""
    ctx = context(pod(), refused={"nodes": error or ForbiddenError(REFUSED)}, **given)  # type: ignore[arg-type]
    return outcome(Check(id="a.b", title="T", stage=INDEPENDENT, run=body, codes=(WARNING,)), ctx)


@pytest.mark.parametrize(
    ("fact", "opposed", "is_proven", "confidence"),
    [
        (True, True, True, Confidence.CERTAIN),
        (True, False, True, Confidence.LIKELY),
        (False, True, True, Confidence.LIKELY),
        (True, True, False, Confidence.LIKELY),
    ],
)
def test_a_contradiction_is_proven_by_both_facts_alone(
    fact: bool, opposed: bool, is_proven: bool, confidence: Confidence
) -> None:
    pair = Contradiction(fact="it is", opposed="it is not", proves="both lie", otherwise=("One lies.",))
    seen = Evidence(source="s", text="t")
    found = pair.finding(WARNING, "It is.", fact=(seen,) * fact, opposed=(seen,) * opposed, is_proven=is_proven)
    assert found.confidence is confidence
    assert found.alternatives == (() if confidence is Confidence.CERTAIN else ("One lies.",))
    assert pair.text == "It is, and yet it is not: both lie."


@pytest.mark.parametrize(
    ("symptom", "alternatives", "proof", "confidence"),
    [
        (False, (), "", Confidence.CERTAIN),
        (False, ("Another.",), "", Confidence.LIKELY),
        (True, (), "", Confidence.LIKELY),
        (True, (), "nothing else is left", Confidence.CERTAIN),
        (True, ("Another.",), "nothing else is left", Confidence.LIKELY),
    ],
)
def test_a_symptom_without_a_proof_is_a_likely_cause(
    symptom: bool, alternatives: tuple[str, ...], proof: str, confidence: Confidence
) -> None:
    code = replace(WARNING, symptom=symptom, alternatives=("It follows.",) if symptom else ())
    assert code.finding("It is.", alternatives=alternatives, proof=proof).confidence is confidence


def test_a_caught_error_is_a_problem_nevertheless() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        try:
            ctx.list(Node)
        except NoAnswerError:
            ctx.note("all is well")
        yield from ()

    found = run(body)
    assert (found.status, found.reason) == (Status.UNKNOWN, REFUSED)


def test_that_an_object_does_not_exist_is_an_answer() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        try:
            ctx.list(Node)
        except NotFoundError:
            ctx.note("there is no such kind")
        yield from ()

    assert run(body, NotFoundError("no such kind")).status is Status.PASS


def test_an_attempt_goes_on_and_the_check_is_unknown() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        assert ctx.attempt(lambda: ctx.list(Node)) == Missing(REFUSED)
        assert ctx.attempt(lambda: ctx.list(Service, "msp")) == ()
        yield from ()

    assert run(body).status is Status.UNKNOWN


def test_a_skip_that_rests_on_a_refused_list_is_unknown() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        if not ctx.attempt(lambda: ctx.list(Node)):
            raise NotApplicableError("there are no nodes")
        yield from ()

    assert (run(body).status, run(body).reason) == (Status.UNKNOWN, REFUSED)


@pytest.mark.parametrize(("finds", "status"), [(True, Status.WARN), (False, Status.UNKNOWN)])
def test_a_missing_detail_counts_only_without_findings(finds: bool, status: Status) -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        nodes = ctx.detail(lambda: ctx.list(Node)) or ()
        if finds:
            yield WARNING.finding(f"One of {len(nodes)} nodes.")

    assert (run(body).status, run(body).reason) == (status, REFUSED)


@pytest.mark.parametrize("skips", [True, False])
def test_what_something_else_answered_is_a_remark(skips: bool) -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        assert not ctx.covered(lambda: ctx.list(Node), "the pods run")
        ctx.note("3 pods")
        if skips:
            raise NotApplicableError("nothing to do")
        yield from ()

    found = run(body)
    assert found.status is (Status.SKIP if skips else Status.PASS)
    assert found.reason == f"{'nothing to do' if skips else '3 pods'}; {REFUSED} (the pods run)"


def test_a_partial_answer_within_a_detail_is_no_problem() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        def both() -> tuple[object, ...]:
            return (*(ctx.attempt(lambda: ctx.list(Node)) or ()), *ctx.list(Event, "msp"))

        assert ctx.covered(both, "the log shows it") == ()
        yield from ()

    assert (run(body).status, run(body).reason) == (Status.PASS, f"{REFUSED} (the log shows it)")


def test_a_problem_that_another_part_has_is_not_covered() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        ctx.attempt(lambda: ctx.list(Node))
        ctx.covered(lambda: ctx.list(Node), "the pods run")
        yield from ()

    assert run(body).status is Status.UNKNOWN


def test_a_detail_that_covers_an_earlier_problem_is_no_problem_itself() -> None:
    def body(ctx: Context) -> Iterator[Finding]:
        ctx.attempt(lambda: ctx.list(Node))

        def by_server() -> None:
            ctx.cover((REFUSED,), "the server itself was queried")
            raise NoAnswerError("the server did not answer")

        ctx.detail(by_server)
        yield WARNING.finding("It is slow.")

    assert run(body).status is Status.WARN
    assert run(body).reason == f"the server did not answer; {REFUSED} (the server itself was queried)"


def test_an_answer_is_as_it_is() -> None:
    ctx = context(nodes=[node("a")])

    def listed() -> tuple[Node, ...]:
        return ctx.list(Node)

    for found in (ctx.attempt(listed), ctx.detail(listed), ctx.covered(listed, "nothing")):
        assert [each.name for each in found or ()] == ["a"]
    assert (ctx.problems, ctx.details, ctx.substituted) == ([], [], [])
