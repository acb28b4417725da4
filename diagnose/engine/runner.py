"""Runs a plan: every selected check ends in exactly one outcome, whatever happens to it."""

import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TypeVar

from diagnose.check.api import Check, Context, NotApplicableError, Occasion
from diagnose.engine import mutes
from diagnose.model.report import Finding, Mute, Outcome, Severity, Status
from diagnose.queries.query import NoAnswerError, NotRecordedError, SkippedError
from diagnose.text import redaction

A = TypeVar("A")

WORKERS = 12


@dataclass
class Run:
    """The state of one run.

    Attributes:
        make_context: gives each check its own view.
        ends_at: the run's deadline on the monotonic clock.
        on_outcome: told of each outcome as it comes, for progress.
        stop: set from outside (a signal) to end the run with what is known.
        mutes: those that hold; what they mean does not count.
    """

    checks: tuple[Check, ...]
    make_context: Callable[[Check], Context]
    ends_at: float
    on_outcome: Callable[[Outcome], None] = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()

    def execute(self) -> tuple[Outcome, ...]:
        """All outcomes, in the order of the checks."""
        selected = {check.id: check for check in self.checks}
        graph = {check.id: tuple(each for each in check.requires if each in selected) for check in self.checks}
        order: TopologicalSorter[str] = TopologicalSorter(graph)
        order.prepare()
        todo: queue.Queue[Check | None] = queue.Queue()
        done: queue.Queue[Outcome] = queue.Queue()
        # Daemons, because a check that hangs must not keep the process.
        for _ in range(WORKERS):
            threading.Thread(target=self._work, args=(todo, done), daemon=True).start()
        while order.is_active() and not self.stop.is_set() and time.monotonic() < self.ends_at:
            for check_id in order.get_ready():
                blocked = self._blocked(selected[check_id], selected)
                done.put(blocked) if blocked else todo.put(selected[check_id])
            try:
                self._finish(done.get(timeout=0.1), order)
            except queue.Empty:
                continue
        for _ in range(WORKERS):
            todo.put(None)
        reason = (
            "the run was interrupted before this was answered"
            if self.stop.is_set()
            else "no answer before the run's deadline"
        )
        return tuple(
            self.outcomes.get(check.id)
            or Outcome(check=check.id, title=check.title, status=Status.UNKNOWN, reason=reason)
            for check in self.checks
        )

    def _finish(self, outcome: Outcome, order: "TopologicalSorter[str]") -> None:
        self.outcomes[outcome.check] = outcome
        order.done(outcome.check)
        self.on_outcome(outcome)

    def _work(self, todo: "queue.Queue[Check | None]", done: "queue.Queue[Outcome]") -> None:
        while (check := todo.get()) is not None:
            done.put(run_check(check, self.make_context(check), self.mutes))

    def _blocked(self, check: Check, selected: dict[str, Check]) -> Outcome | None:
        """The outcome of a check that cannot be asked, None where it can."""
        left_out = [each for each in check.requires if each not in selected]
        ended = [self.outcomes[each] for each in check.requires if each in self.outcomes]
        broken = [outcome for outcome in ended if not _holds(outcome)]
        if not left_out and not broken:
            return None
        if any(outcome.status is not Status.SKIP for outcome in broken):
            names = [outcome.check for outcome in broken if outcome.status is not Status.SKIP]
            reason = f"skipped because of {', '.join(names)}"
            return Outcome(
                check=check.id, title=check.title, status=Status.SKIP, reason=reason, blocked_by=tuple(names)
            )
        if broken:
            return Outcome(
                check=check.id,
                title=check.title,
                status=Status.SKIP,
                reason=broken[0].reason,
                blocked_by=broken[0].blocked_by,
            )
        reason = f"left out with {', '.join(left_out)}"
        return Outcome(check=check.id, title=check.title, status=Status.SKIP, reason=reason)


def _holds(outcome: Outcome) -> bool:
    # That a finding is muted makes nothing work that it says does not.
    broken = any(each.finding.severity is Severity.CRITICAL for each in outcome.muted)
    told = outcome.status in {Status.PASS, Status.WARN} or (outcome.status is Status.SKIP and bool(outcome.muted))
    return told and not broken


def run_check(check: Check, context: Context, muting: tuple[Mute, ...] = ()) -> Outcome:
    """Ask one check; the only place that catches whatever goes wrong."""
    started = time.monotonic()
    found: list[Finding] = []
    skipped = ""
    try:
        found.extend(check.run(context))
    except NotApplicableError as error:
        skipped = str(error)
    except SkippedError as error:
        skipped = str(error)
    except NotRecordedError as error:
        # The replay of an incident tells what was known then, also when checks have been added since. A gate, an audit
        # and a check that the recorded run did not select have no such excuse: there it is unknown.
        if Occasion.INCIDENT in check.occasions and context.occasion is Occasion.INCIDENT:
            skipped = str(error)
        else:
            context.record_problem(str(error))
    except NoAnswerError as error:
        context.record_problem(str(error))
    except Exception as error:
        # A check that crashes must cost its own answer only, and must never read as healthy.
        at = traceback.extract_tb(error.__traceback__)[-1]
        context.record_problem(
            f"the check itself failed, please report it: {type(error).__name__}: {error} ({at.name}, line {at.lineno})"
        )
    return _outcome(check, context, _Found(tuple(found), skipped, muting), time.monotonic() - started)


def attempt(make: Callable[[], A], otherwise: Callable[[str], A]) -> A:
    """What goes with a report without deciding anything; where it cannot be made, what is said of why instead."""
    try:
        return make()
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        return otherwise(redaction.text(f"{type(error).__name__}: {error} ({at.name}, line {at.lineno})"))


@dataclass(frozen=True)
class _Found:
    """What asking a check gave."""

    findings: tuple[Finding, ...]
    skipped: str
    mutes: tuple[Mute, ...]


def _outcome(check: Check, context: Context, found: _Found, took_s: float) -> Outcome:
    told = (each for each in found.findings if each.severity is not Severity.INFO)
    live, muted = mutes.split(check.id, told, found.mutes)
    skipped = found.skipped or (mutes.words(muted) if muted else "")
    reason = redaction.text("; ".join(context.problems) or skipped or context.remark)
    return Outcome(
        check=check.id,
        title=check.title,
        status=_status(live, bool(context.problems), bool(skipped)),
        reason=reason,
        findings=live,
        evidence=tuple(context.evidence),
        duration_s=round(took_s, 3),
        muted=muted,
    )


def _status(found: Iterable[Finding], has_problems: bool, skipped: bool) -> Status:
    severities = {finding.severity for finding in found}
    if Severity.CRITICAL in severities:
        return Status.FAIL
    if has_problems:
        return Status.UNKNOWN
    if Severity.WARNING in severities:
        return Status.WARN
    return Status.SKIP if skipped else Status.PASS
