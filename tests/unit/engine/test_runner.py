"""Every selected check ends in exactly one outcome: crashed, hanging, blocked or interrupted."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from diagnose.check.api import INCIDENTS, PREREQUISITES, Check, Context, NotApplicableError, Occasion
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.stages import Stage
from diagnose.engine.runner import MAX_FINDINGS, Run, run_check
from diagnose.model.report import Finding, Outcome, Remediation, Severity, Status
from diagnose.queries.query import NoAnswerError, NotRecordedError
from diagnose.target.request import Request

FINDING = Finding(code="a.x", summary="x", remediation=Remediation(summary="y."))
WARNING = Finding(code="a.w", summary="x", remediation=Remediation(summary="y."), severity=Severity.WARNING)


def context(check: Check, *logged: str) -> Context:
    """Returns the context of a check in a run whose logs have errors of the checks that are `logged`."""
    matches = tuple(SimpleNamespace(signature=SimpleNamespace(check=each)) for each in logged)
    run_data = cast(Any, SimpleNamespace(matches=lambda: matches))
    return Context(target=cast(Any, None), now=datetime.now(UTC), run_data=run_data, check=check, names={})


def check(name: str, result: object, *requires: str) -> Check:
    def steps(ctx: Context) -> Iterator[Finding]:
        if isinstance(result, BaseException):
            raise result
        if callable(result):
            result(ctx)
        elif isinstance(result, Finding):
            yield result

    return Check(id=name, title="T", stage=Stage(name, (), requires), run=steps)


def run(*checks: Check, seconds: float = 5.0, stop: threading.Event | None = None) -> dict[str, Outcome]:
    found = Run(checks, context, time.monotonic() + seconds, stop=stop or threading.Event()).execute()
    assert [outcome.check for outcome in found] == [each.id for each in checks]
    return {outcome.check: outcome for outcome in found}


def test_a_crash_is_unknown_and_costs_no_other_check() -> None:
    found = run(check("a.crash", ZeroDivisionError("oops")), check("a.fine", None))
    assert found["a.crash"].status is Status.UNKNOWN
    assert "ZeroDivisionError" in found["a.crash"].reason
    assert found["a.fine"].status is Status.PASS


def test_a_slow_query_begins_before_the_checks_that_are_required_have_passed() -> None:
    begun = threading.Event()
    slow = check("a.slow", lambda _: begun.wait(2))
    later = replace(check("a.later", None, "a.slow"), ahead=lambda _: begun.set())
    started = time.monotonic()
    assert run(slow, later)["a.later"].status is Status.PASS
    assert time.monotonic() - started < 1


def test_what_cannot_begin_ahead_costs_nothing() -> None:
    def fails(_: Context) -> None:
        raise NoAnswerError("pods is forbidden")

    assert run(replace(check("a.fine", None), ahead=fails))["a.fine"].status is Status.PASS


def test_a_check_without_an_answer_is_unknown() -> None:
    assert run(check("a.blind", NoAnswerError("pods is forbidden")))["a.blind"].reason == "pods is forbidden"


@pytest.mark.parametrize(
    ("occasion", "occasions", "status"),
    [
        (Occasion.INCIDENT, (Occasion.INCIDENT,), Status.SKIP),
        (Occasion.INCIDENT, (Occasion.AUDIT,), Status.UNKNOWN),
        (Occasion.AFTER_DEPLOY, INCIDENTS, Status.UNKNOWN),
        (Occasion.BEFORE_DEPLOY, PREREQUISITES, Status.UNKNOWN),
        (Occasion.AUDIT, (Occasion.AUDIT,), Status.UNKNOWN),
    ],
)
def test_a_query_that_an_old_recording_lacks_is_skipped_in_an_incident_alone(
    occasion: Occasion, occasions: tuple[Occasion, ...], status: Status
) -> None:
    new = replace(check("a.new", NotRecordedError("not recorded: pods")), occasions=occasions)
    target = cast(Any, SimpleNamespace(request=Request(occasion=occasion)))
    outcome = run_check(new, replace(context(new), target=target))
    assert (outcome.status, outcome.reason) == (status, "not recorded: pods")


def test_a_partial_answer_is_never_a_pass() -> None:
    found = run(check("a.part", lambda ctx: ctx.record_problem("one log is forbidden")))
    assert found["a.part"].status is Status.UNKNOWN


def test_a_reason_that_another_one_includes_is_stated_once() -> None:
    def steps(ctx: Context) -> Iterator[Finding]:
        ctx.record_problem("exec is forbidden")
        yield from ()
        raise NoAnswerError("the host is outside the cluster, and no pod could try it; exec is forbidden")

    found = run(Check(id="a.x", title="T", stage=Stage("a.x"), run=steps))["a.x"]
    assert found.reason == "exec is forbidden; the host is outside the cluster, and no pod could try it"


def test_what_is_not_applicable_is_skipped_with_its_reason() -> None:
    assert run(check("a.no", NotApplicableError("no database")))["a.no"].status is Status.SKIP


def test_a_blocked_check_names_what_blocked_it() -> None:
    found = run(check("a.broken", FINDING), check("b.next", None, "a.broken"), check("c.last", None, "b.next"))
    assert found["b.next"].blocked_by == ("a.broken",)
    assert found["c.last"].blocked_by == ("a.broken",)


def test_an_unknown_blocks_what_requires_it() -> None:
    found = run(check("a.blind", NoAnswerError("forbidden")), check("b.next", None, "a.blind"))
    assert (found["b.next"].status, found["b.next"].blocked_by) == (Status.SKIP, ("a.blind",))


@pytest.mark.parametrize(
    ("before", "logged", "status"),
    [
        (NoAnswerError("forbidden"), "b", Status.FAIL),
        (NoAnswerError("forbidden"), "c", Status.SKIP),
        (FINDING, "b", Status.SKIP),
        (NotApplicableError("nothing to check"), "b", Status.SKIP),
    ],
)
def test_an_error_in_a_log_counts_where_what_it_requires_is_only_unknown(
    before: object, logged: str, status: Status
) -> None:
    checks = (check("a", before), replace(check("b", FINDING, "a"), reads=WORKER_LOGS), check("c", None, "b"))
    found = Run(checks, lambda each: context(each, logged), time.monotonic() + 5.0).execute()
    assert found[1].status is status


def test_a_blocked_check_that_finds_nothing_in_a_log_stays_blocked() -> None:
    later = replace(check("b", NoAnswerError("forbidden, too"), "a"), reads=WORKER_LOGS)
    checks = (check("a", NoAnswerError("forbidden")), later)
    found = Run(checks, lambda each: context(each, "b"), time.monotonic() + 5.0).execute()
    assert (found[1].status, found[1].blocked_by) == (Status.SKIP, ("a",))


def test_a_warning_does_not_block() -> None:
    assert run(check("a.warn", WARNING), check("b.next", None, "a.warn"))["b.next"].status is Status.PASS


def test_a_check_that_hangs_ends_as_unknown_at_the_deadline() -> None:
    started = time.monotonic()
    found = run(check("a.hangs", lambda _: time.sleep(30)), check("a.fine", None), seconds=0.5)
    assert found["a.hangs"].status is Status.UNKNOWN
    assert found["a.fine"].status is Status.PASS
    assert time.monotonic() - started < 3


def test_an_interrupted_run_still_gives_every_outcome() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    found = run(check("a.hangs", lambda _: time.sleep(30)), check("b.next", None, "a.hangs"), seconds=20, stop=stop)
    assert found["a.hangs"].status is Status.UNKNOWN
    assert "interrupted" in found["b.next"].reason


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text either")


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(0),
        KeyboardInterrupt(),
        GeneratorExit(),
        MemoryError(),
        RecursionError("maximum recursion depth exceeded"),
        UnprintableError(),
        NoAnswerError(""),
        StopIteration(),
        OSError(24, "Too many open files"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_check_raises_is_its_own_outcome_alone(error: BaseException) -> None:
    def raising(ctx: Context) -> None:
        raise error

    found = run(check("a.raises", raising), check("a.fine", None))
    assert (found["a.raises"].status, found["a.fine"].status) == (Status.UNKNOWN, Status.PASS)
    assert found["a.raises"].reason


@pytest.mark.parametrize(
    ("error", "reported"),
    [(MemoryError(), False), (OSError(24, "Too many open files"), False), (KeyError("x"), True)],
)
def test_only_a_fault_of_the_tool_is_to_be_reported(error: Exception, reported: bool) -> None:
    assert ("please report it" in run(check("a.raises", error))["a.raises"].reason) is reported


def test_a_skip_without_a_reason_stays_a_skip() -> None:
    found = run(check("a.no", NotApplicableError("")))["a.no"]
    assert (found.status, found.reason) == (Status.SKIP, "no reason was given")


@pytest.mark.parametrize(
    "yielded",
    [None, "a text", [FINDING], replace(FINDING, severity=cast(Any, "harmless"))],
    ids=["none", "text", "list", "severity"],
)
def test_what_is_no_finding_is_never_a_pass(yielded: object) -> None:
    odd = replace(check("a.odd", None), run=lambda _: iter([cast(Any, yielded)]))
    assert run(odd)["a.odd"].status is Status.UNKNOWN


def test_a_check_that_returns_nothing_at_all_is_never_a_pass() -> None:
    assert run(replace(check("a.odd", None), run=cast(Any, lambda _: None)))["a.odd"].status is Status.UNKNOWN


def test_findings_without_an_end_are_cut() -> None:
    def endless(_: Context) -> Iterator[Finding]:
        while True:
            yield WARNING

    found = run(replace(check("a.endless", None), run=endless))["a.endless"]
    assert (found.status, len(found.findings)) == (Status.UNKNOWN, MAX_FINDINGS)


def test_an_error_in_the_context_or_in_the_outcome_is_an_unknown() -> None:
    def make(check: Check) -> Context:
        if check.id == "a.context":
            raise LookupError("no context")
        return context(check)

    def spoil(ctx: Context) -> None:
        ctx.problems = cast(Any, [object()])

    checks = (check("a.context", None), check("a.outcome", spoil), check("a.fine", None))
    found = Run(checks, make, time.monotonic() + 5).execute()
    assert [each.status for each in found] == [Status.UNKNOWN, Status.UNKNOWN, Status.PASS]


def test_a_status_line_that_fails_does_not_end_the_run() -> None:
    def fail(_: Outcome) -> None:
        raise OSError("the terminal is gone")

    found = Run((check("a.fine", None),), context, time.monotonic() + 5, fail).execute()
    assert found[0].status is Status.PASS


def test_a_run_has_as_many_threads_as_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def limited(thread: threading.Thread) -> None:
        if len(started) >= 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    found = run(*(check(f"a.check-{number}", None) for number in range(5)))
    assert {each.status for each in found.values()} == {Status.PASS}
