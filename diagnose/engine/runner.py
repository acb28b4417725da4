"""Executes a plan: every selected check has exactly one outcome, whatever happens."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from graphlib import TopologicalSorter
from typing import TypeVar

import msgspec

from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.engine import crowds, mutes
from diagnose.model.report import Evidence, Finding, Mute, Outcome, Severity, Status
from diagnose.queries.query import NoAnswerError, SkippedError
from diagnose.text import redaction
from diagnose.text.faults import described

A = TypeVar("A")

WORKERS = 24
NO_REASON = "no reason was given"
BETWEEN_REASONS = "; "
OFFLINE = "offline"
MAX_FINDINGS = 20_000
"""More findings than any check has of many pods, so that a check without an end does not fill the memory."""
MAX_EVIDENCE = 100
"""How much evidence an outcome has beside that of its findings."""


class _Work(msgspec.Struct, frozen=True):
    """A check to run; one that is `blocked` runs only where a log has one of its errors."""

    check: Check
    blocked: Outcome | None


class Run(msgspec.Struct):
    """The state of one run.

    Attributes:
        make_context: creates the context of a check.
        ends_at: the run's deadline on the monotonic clock.
        on_outcome: called with each outcome, for progress.
        stop: set by a signal to end the run with the outcomes so far.
        mutes: the active mutes, whose findings do not count.
        offline: whether a manifest alone is judged, so that what it does not show is skipped.
    """

    checks: tuple[Check, ...]
    make_context: Callable[[Check], Context]
    ends_at: float
    on_outcome: Callable[[Outcome], None] = lambda _: None
    stop: threading.Event = msgspec.field(default_factory=threading.Event)
    outcomes: dict[str, Outcome] = msgspec.field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()
    offline: bool = False

    def execute(self) -> tuple[Outcome, ...]:
        """Returns all outcomes, in the order of the checks."""
        selected = {check.id: check for check in self.checks}
        before = tuple(check.id for check in self.checks if not check.concludes)
        graph = {
            check.id: before if check.concludes else tuple(each for each in check.requires if each in selected)
            for check in self.checks
        }
        order: TopologicalSorter[str] = TopologicalSorter(graph)
        order.prepare()
        todo: queue.Queue[_Work | None] = queue.Queue()
        done: queue.Queue[Outcome] = queue.Queue()
        threads = self._started(todo, done)
        # A thread of its own, as those of checks may all be waiting.
        with suppress(RuntimeError):
            threading.Thread(target=self._begin_ahead, daemon=True).start()
        while order.is_active() and not self.stop.is_set() and time.monotonic() < self.ends_at:
            for check_id in order.get_ready():
                check = selected[check_id]
                blocked = self._blocked(check, selected)
                if blocked is None or self._may_judge_logs(check, blocked):
                    todo.put(_Work(check, blocked))
                else:
                    done.put(blocked)
            try:
                outcome = done.get(timeout=0.1)
            except queue.Empty:
                continue
            self.outcomes[outcome.check] = outcome
            order.done(outcome.check)
            # A status line that cannot be shown is no reason to end the run.
            with suppress(Exception):
                self.on_outcome(outcome)
        for _ in threads:
            todo.put(None)
        late = "no answer before the run's deadline"
        reason = "the run was interrupted before this check finished" if self.stop.is_set() else late
        return tuple(self.outcomes.get(each.id) or outcome_of(each, Status.UNKNOWN, reason) for each in self.checks)

    def _begin_ahead(self) -> None:
        """Begins the queries of checks that need not wait for others; what fails here fails again in its check."""
        for check in self.checks:
            if check.ahead and not self.offline:
                with suppress(Exception):
                    check.ahead(self.make_context(check))

    def _started(self, todo: "queue.Queue[_Work | None]", done: "queue.Queue[Outcome]") -> tuple[threading.Thread, ...]:
        """Starts the threads; fewer of them where the machine refuses more."""
        # Daemons, because a hanging check must not keep the process alive.
        threads = [threading.Thread(target=self._work, args=(todo, done), daemon=True) for _ in range(WORKERS)]
        for number, thread in enumerate(threads):
            try:
                thread.start()
            except RuntimeError:
                if not number:
                    raise
                return tuple(threads[:number])
        return tuple(threads)

    def _work(self, todo: "queue.Queue[_Work | None]", done: "queue.Queue[Outcome]") -> None:
        while (work := todo.get()) is not None:
            try:
                context = self.make_context(work.check)
                outcome = self._outcome(work, context)
            except BaseException as error:
                # Also an outcome that contradicts itself; the run waits for one outcome of each check.
                outcome = outcome_of(work.check, Status.UNKNOWN, _failure(error))
            done.put(outcome)

    def _outcome(self, work: _Work, context: Context) -> Outcome:
        if work.blocked and not _is_logged(context):
            return work.blocked
        outcome = run_check(work.check, context, self.mutes, offline=self.offline)
        return outcome if outcome.findings or work.blocked is None else work.blocked

    def _may_judge_logs(self, check: Check, blocked: Outcome) -> bool:
        """Whether a check that is blocked may run by an error in a log, as what blocks it is only not known."""
        if self.offline or not blocked.blocked_by or not set(WORKER_LOGS) & set(check.reads):
            return False
        return all(self.outcomes[each].status is Status.UNKNOWN for each in blocked.blocked_by)

    def _blocked(self, check: Check, selected: dict[str, Check]) -> Outcome | None:
        """Returns the outcome of a check that cannot run, None where it can."""
        left_out = [each for each in check.requires if each not in selected]
        ended = [self.outcomes[each] for each in check.requires if each in self.outcomes]
        broken = [outcome for outcome in ended if not _is_satisfied(outcome)]
        if self.offline:
            # What was left to a run with a cluster prevents no check of the file.
            broken = [outcome for outcome in broken if outcome.status is not Status.SKIP or outcome.blocked_by]
        if not left_out and not broken:
            return None
        if names := tuple(outcome.check for outcome in broken if outcome.status is not Status.SKIP):
            return outcome_of(check, Status.SKIP, f"skipped because of {', '.join(names)}", blocked_by=names)
        if broken:
            return outcome_of(check, Status.SKIP, broken[0].reason, blocked_by=broken[0].blocked_by)
        return outcome_of(check, Status.SKIP, f"skipped with {', '.join(left_out)}")


def outcome_of(
    check: Check,
    status: Status,
    reason: str = "",
    *,
    blocked_by: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Outcome:
    """Returns the outcome of a check that did not run."""
    return Outcome(
        check=check.id, title=check.title, status=status, reason=reason, blocked_by=blocked_by, findings=findings
    )


def _is_logged(context: Context) -> bool:
    """Whether a log has an error that the context's check reports."""
    return any(match.signature.check == context.check.id for match in context.run_data.matches())


def _is_satisfied(outcome: Outcome) -> bool:
    # A muted finding does not satisfy a requirement.
    broken = any(each.finding.severity is Severity.CRITICAL for each in outcome.muted)
    passed = outcome.status in {Status.PASS, Status.WARN} or (outcome.status is Status.SKIP and bool(outcome.muted))
    return passed and not broken


def run_check(check: Check, context: Context, muting: tuple[Mute, ...] = (), *, offline: bool = False) -> Outcome:
    """Runs one check and catches every error in it; offline, what got no answer is skipped."""
    started = time.monotonic()
    found: list[Finding] = []
    skipped, crashed = "", False
    try:
        for each in check.run(context):
            _require_finding(each, len(found))
            found.append(each)
    except (NotApplicableError, SkippedError) as error:
        skipped = str(error) or NO_REASON
    except NoAnswerError as error:
        if context.is_older_recording(error):
            skipped = str(error) or NO_REASON
        else:
            context.record_problem(str(error))
    except BaseException as error:
        # A crash of a check must cost its own outcome only, and must never count as healthy. In a thread, nobody else
        # takes care of a SystemExit.
        crashed = True
        context.record_problem(_failure(error))
    passed = (each for each in found if each.severity is not Severity.INFO)
    live, muted = mutes.split(check.id, passed, muting)
    live = crowds.folded(live, context.target)
    skipped = skipped or (mutes.reason(muted) if muted else "")
    missing = tuple(dict.fromkeys((*context.problems, *(() if live or muted else context.details))))
    if offline and missing and not crashed:
        skipped, missing = skipped or f"{OFFLINE}: {'; '.join(missing)}", ()
    return Outcome(
        check=check.id,
        title=check.title,
        status=_status(live, bool(missing), bool(skipped)),
        reason=redaction.text(_reason(context, missing, skipped)),
        findings=live,
        evidence=tuple(_bounded(context.evidence, live)),
        duration_s=round(time.monotonic() - started, 3),
        muted=muted,
    )


def _bounded(evidence: list[Evidence], findings: tuple[Finding, ...]) -> Iterator[Evidence]:
    """Yields the first pieces of evidence, and of the others those that a finding has."""
    yield from evidence[:MAX_EVIDENCE]
    if len(evidence) > MAX_EVIDENCE:
        shown = {id(each) for finding in findings for each in finding.evidence}
        yield from (each for each in evidence[MAX_EVIDENCE:] if id(each) in shown)


def _require_finding(found: object, before: int) -> None:
    """Checks what a check yields.

    Raises:
        TypeError: it is no finding.
        OverflowError: there are too many of them.
    """
    if not isinstance(found, Finding) or not isinstance(found.severity, Severity):
        raise TypeError(f"the check yielded {type(found).__name__} instead of a valid finding")
    if before >= MAX_FINDINGS:
        raise OverflowError(f"the check has more than {MAX_FINDINGS} findings")


def _failure(error: BaseException) -> str:
    try:
        return f"the check itself failed, {described(error)}"
    except BaseException:
        return "the check itself failed, and so did the description of the error"


def _reason(context: Context, missing: tuple[str, ...], skipped: str) -> str:
    """Returns what is unknown, else the reason of a skip or the remark, and always what else got no answer.

    One of them may include another one: each is stated once.
    """
    first = tuple(each or NO_REASON for each in missing) or tuple(filter(None, (skipped or context.remark,)))
    others = (each for each in (*context.details, *context.substituted) if each not in missing)
    return BETWEEN_REASONS.join(dict.fromkeys(BETWEEN_REASONS.join((*first, *others)).split(BETWEEN_REASONS)))


def attempt(make: Callable[[], A], otherwise: Callable[[str], A]) -> A:
    """Returns a part of a report, or what `otherwise` returns for the description of its error."""
    try:
        return make()
    except Exception as error:
        return otherwise(described(error))


def _status(found: Iterable[Finding], has_problems: bool, skipped: bool) -> Status:
    severities = {finding.severity for finding in found}
    if Severity.CRITICAL in severities:
        return Status.FAIL
    if has_problems:
        return Status.UNKNOWN
    if Severity.WARNING in severities:
        return Status.WARN
    return Status.SKIP if skipped else Status.PASS
