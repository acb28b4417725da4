"""What the author of a check uses: `Check`, `Code`, and the `Context` by which a check sees a run."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from diagnose.check.rights import Read
from diagnose.check.stages import Stage
from diagnose.commands.command import NONE, Command
from diagnose.commands.owner import Owner
from diagnose.logs.signatures import ContainerLog, Match, Writer, findings
from diagnose.model.report import Confidence, Evidence, Finding, Remediation, Severity, Step, Vantage, WorkEffect
from diagnose.model.timeline import Timeline
from diagnose.queries.exec_survey.survey import SurveyAnswer
from diagnose.queries.kubernetes import Listing, ListObjects, LogText
from diagnose.queries.query import NoAnswerError, NoProgramError, NotFoundError, NotRecordedError, Query, SkippedError
from diagnose.resources import Event, Object, Pod
from diagnose.target.ownership import grouped as grouped  # noqa: PLC0414
from diagnose.target.request import Occasion as Occasion  # noqa: PLC0414  the author of a check uses this module alone
from diagnose.target.target import Target
from diagnose.text.sentences import truncate

A = TypeVar("A")
T = TypeVar("T", bound=Object)

INCIDENTS = (Occasion.INCIDENT, Occasion.AFTER_DEPLOY)
PREREQUISITES = (*INCIDENTS, Occasion.BEFORE_DEPLOY)
BY_TEMPLATE = (*INCIDENTS, Occasion.BEFORE_BY_MANIFEST)


class NotApplicableError(Exception):
    """The check is not applicable to this target; the message says why."""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """One fault that a check can find, declared once, in a check that finds it.

    Attributes:
        id: stable, never reused: "topic.what-is-wrong".
        meaning: one or two sentences for `diagnose explain`.
        fix: what to do, as one imperative sentence.
        stage: where the finding belongs, where that is not its check's stage.
        explained_by: ids that explain this code against the order of the stages, where they differ from its check's.
        template: the parts of a pod template that can bring this fault, where not those of its check and stage.
        symptom: whether it describes what follows from a cause, such as a crash, and names no object to change. Its
            findings are likely, unless they have a proof.
        alternatives: of a symptom, what it may follow from, the likeliest first, each with how to decide; for findings
            that know no more exact ones.
        transient: whether it may pass without a change, such as a start, a retry or an overload; a gate that waits then
                goes on waiting.
        work: what a finding means for the work of the pods that it is about, where not what its check declares.
        means: the same as a phrase for the headline, where that of the state is not exact: "writes fail".
    """

    id: str
    meaning: str
    fix: str
    severity: Severity = Severity.CRITICAL
    symptom: bool = False
    alternatives: tuple[str, ...] = ()
    transient: bool = False
    stage: Stage | None = None
    explained_by: tuple[str, ...] | None = None
    template: tuple[str, ...] | None = None
    work: WorkEffect | None = None
    means: str = ""

    def finding(
        self,
        summary: str,
        *steps: Step,
        subjects: tuple[str, ...] = (),
        pods: tuple[str, ...] = (),
        evidence: tuple[Evidence, ...] = (),
        alternatives: tuple[str, ...] = (),
        proof: str = "",
        severity: Severity | None = None,
    ) -> Finding:
        """Returns a finding with this code: a likely one with alternatives, or of a symptom without a proof.

        Its subjects are the pods where no others are given.
        """
        if self.symptom and not proof:
            alternatives = alternatives or self.alternatives
        return Finding(
            code=self.id,
            summary=truncate(summary),
            severity=severity or self.severity,
            subjects=subjects or tuple(f"pod/{name}" for name in pods),
            pods=pods,
            evidence=evidence,
            confidence=Confidence.LIKELY if alternatives else Confidence.CERTAIN,
            alternatives=alternatives,
            proof=proof,
            means=self.means,
            remediation=Remediation(summary=self.fix, steps=steps),
        )


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """Two facts that cannot both be as they should: together they prove what neither shows alone.

    Each text is a clause that begins with a small letter.

    Attributes:
        fact: the first fact.
        opposed: the second one, which the first rules out.
        proves: what must be so where both hold.
        otherwise: what may be so where the second one was not seen, or both have another explanation.
    """

    fact: str
    opposed: str
    proves: str
    otherwise: tuple[str, ...]

    @property
    def text(self) -> str:
        """The contradiction as a sentence."""
        text = f"{self.fact}, and yet {self.opposed}: {self.proves}."
        return text[:1].upper() + text[1:]

    def finding(
        self,
        code: Code,
        summary: str,
        *steps: Step,
        fact: tuple[Evidence, ...],
        opposed: tuple[Evidence, ...],
        subjects: tuple[str, ...] = (),
        pods: tuple[str, ...] = (),
        is_proven: bool = True,
        severity: Severity | None = None,
    ) -> Finding:
        """Returns the finding: certain where both facts have evidence and nothing else explains them, else likely."""
        whole = is_proven and bool(fact and opposed)
        return code.finding(
            summary,
            *steps,
            subjects=subjects,
            pods=pods,
            evidence=(*fact, *opposed),
            alternatives=() if whole else self.otherwise,
            proof=f"{self.fact}, and {self.opposed}" if whole else "",
            severity=severity,
        )


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check of the target.

    Attributes:
        id: "topic.name", which is also its file.
        title: the healthy state, as reports print it behind a tick or a cross.
        run: yields the findings; raises NotApplicableError or NoAnswerError.
        ahead: begins the queries of `run` that take long, before the checks that it requires have passed.
        stage: where its findings belong; those of earlier stages explain them.
        explained_by: ids of checks or codes that explain its findings although their stage is no earlier one; each is
            an exception with its reason in a comment.
        template: the parts of a pod template that can bring its findings, where not those of their stages.
        codes: of its findings, from signatures or otherwise.
        work: what a failure means for the work of the pods that it is about, where not what its stage declares.
        concludes: whether it runs once all others have ended, as it reasons about the causes that they leave.
        occasions: when it runs without being selected by name.
        reads: exactly the rights on the Kubernetes API that its queries need; `diagnose rbac` turns them into roles.
        contradiction: the two facts whose contradiction it looks for, of a check that does nothing else.
    """

    id: str
    title: str
    stage: Stage
    run: "Callable[[Context], Iterator[Finding]]"
    ahead: "Callable[[Context], None] | None" = None
    codes: tuple[Code, ...] = ()
    explained_by: tuple[str, ...] = ()
    template: tuple[str, ...] | None = None
    work: WorkEffect | None = None
    concludes: bool = False
    occasions: tuple[Occasion, ...] = INCIDENTS
    reads: tuple[Read, ...] = ()
    contradiction: Contradiction | None = None

    @property
    def topic(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def requires(self) -> tuple[str, ...]:
        """Ids of the checks that must pass for this one to be applicable."""
        return self.stage.requires

    def stage_of(self, code: str) -> Stage:
        """The stage of a finding with this code."""
        declared = self._code(code)
        return declared.stage if declared and declared.stage else self.stage

    def template_of(self, code: str) -> tuple[str, ...]:
        """Patterns of the changes of a pod template that can bring a finding with this code."""
        declared = self._code(code)
        own = self.template if declared is None or declared.template is None else declared.template
        return self.stage_of(code).template if own is None else own

    def work_of(self, code: str) -> WorkEffect:
        """What a finding with this code means for the work of the pods that it is about."""
        declared = self._code(code)
        own = declared.work if declared else None
        return own or self.work or self.stage_of(code).work

    def exceptions_of(self, code: str) -> tuple[str, ...]:
        """Ids of the checks and codes that explain a finding with this code in addition to earlier stages."""
        declared = self._code(code)
        return self.explained_by if declared is None or declared.explained_by is None else declared.explained_by

    def is_symptom(self, code: str) -> bool:
        """Whether a code describes what follows from a cause."""
        declared = self._code(code)
        return declared is not None and declared.symptom

    def _code(self, code: str) -> Code | None:
        return next((each for each in self.codes if each.id == code), None)


class StandingCause(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that no other one explains, as a check that concludes sees it."""

    check: Check
    finding: Finding

    @property
    def is_open(self) -> bool:
        """Whether it is a symptom, of which what brought it is not known."""
        return self.finding.confidence is Confidence.LIKELY and self.check.is_symptom(self.finding.code)

    @property
    def stage(self) -> Stage:
        """The stage of the finding."""
        return self.check.stage_of(self.finding.code)

    @property
    def template(self) -> tuple[str, ...]:
        """Patterns of the changes of a pod template that can bring it."""
        return self.check.template_of(self.finding.code)


class SurveyResult(msgspec.Struct, frozen=True, kw_only=True):
    """The exec survey of one container of the target."""

    pod: Pod
    container: str
    answer: SurveyAnswer


class RunData(Protocol):
    """What all checks of a run share; the engine provides it."""

    def query(self, query: Query[A]) -> A:
        """Returns the answer to a query."""

    def begin(self, query: Query[Any]) -> None:
        """Starts a query that a check will probably run, without waiting for it."""

    def matches(self) -> tuple[Match, ...]:
        """Returns all matches of signatures in the logs of the target."""

    def surveys(self) -> tuple[SurveyResult, ...]:
        """Returns the exec surveys that succeeded."""

    def survey_problems(self) -> tuple[NoAnswerError, ...]:
        """Returns why other surveys failed."""

    def survey_remarks(self) -> tuple[str, ...]:
        """Returns why surveys failed that need not succeed, such as of a pod that ends."""

    def log_problems(self) -> tuple[str, ...]:
        """Returns which logs could not be read, and why."""

    def logs(self) -> tuple[ContainerLog, ...]:
        """Returns the logs that are relevant now."""

    def once(self, name: str, make: Callable[[], A]) -> A:
        """Returns what `make` derives from the answers; it is made once in a run, for all checks that need it."""


class Missing(msgspec.Struct, frozen=True):
    """In place of an answer: why there is none. It is false, so that `answer or ()` is what there is."""

    reason: str

    def __bool__(self) -> Literal[False]:
        return False


class Context(msgspec.Struct, kw_only=True):
    """One check's view of a run; keeps the check's evidence and what was not accessible to it.

    A query without an answer makes the outcome unknown, also where the check goes on by `attempt`; `detail`, `covered`
    and `cover` are the only exceptions, and leave a remark.

    Attributes:
        recorded: source and text of the evidence, each of which is recorded once.
        problems: what got no answer; without critical findings the check ends as unknown.
        details: what got no answer and counts only where the check finds nothing.
        substituted: what got no answer, and what answered in its place.
        impossible: what no program of the images could answer, which is no remark where something else answers.
        standing: the causes that the other checks leave, the first one first, for a check that concludes.
        timeline: what changed and what went wrong, for such a check.
    """

    target: Target
    now: datetime
    run_data: RunData
    check: Check
    names: dict[str, str]
    evidence: list[Evidence] = msgspec.field(default_factory=list)
    recorded: set[tuple[str, str]] = msgspec.field(default_factory=set)
    problems: list[str] = msgspec.field(default_factory=list)
    details: list[str] = msgspec.field(default_factory=list)
    substituted: list[str] = msgspec.field(default_factory=list)
    impossible: set[str] = msgspec.field(default_factory=set)
    remark: str = ""
    standing: tuple[StandingCause, ...] = ()
    timeline: Timeline = msgspec.field(default_factory=Timeline)

    @property
    def owner(self) -> Owner:
        """The owner of the pods; it builds the commands that show or change it."""
        return self.target.owner

    @property
    def deployment(self) -> str:
        """The workload, as a step names what it changes: "deployment msp/worker"."""
        return f"{self.owner.resource} {self.owner.namespace}/{self.owner.name}"

    def restart_step(self, text: str) -> Step:
        """Returns the step that restarts the worker's pods."""
        return Step(text, self.owner.rollout("restart"), changes=self.deployment)

    @property
    def occasion(self) -> Occasion:
        """Why the run was started: an incident needs its answer quickly, a deploy or an audit may read more."""
        return self.target.request.occasion

    def query(self, query: Query[A]) -> A:
        """Returns the answer to a query, and records it as evidence; what could not be read of it is a problem.

        Raises:
            NotFoundError: the object does not exist, which may be the answer.
            NoAnswerError: there is none, which is a problem also where the check goes on.
        """
        try:
            answer = self.run_data.query(query)
        except NoAnswerError as error:
            if not isinstance(error, (NotFoundError, SkippedError, NotRecordedError)):
                self.record_problem(str(error))
            raise
        if isinstance(answer, Listing):
            for problem in answer.damaged:
                self.record_problem(problem)
        if isinstance(answer, LogText) and answer.unread_end:
            self.record_problem(answer.unread_end)
        if not isinstance(query, ListObjects) and query.command:
            self.record_evidence(query.command, "", query.vantage, command=query.command)
        return answer

    def begin(self, query: Query[Any]) -> None:
        """Starts a query, so that its answer is there sooner where a check runs it; without that it has no effect."""
        self.run_data.begin(query)

    def prepare(self, queries: Iterable[Query[A]]) -> None:
        """Runs queries side by side; each then has its answer, or its error, without waiting for the others."""
        with ThreadPoolExecutor() as pool:
            for running in [pool.submit(self.run_data.query, each) for each in queries]:
                running.exception()

    def attempt(self, run: Callable[[], A]) -> A | Missing:
        """Returns what a part of the check needs; that nothing answers is a problem."""
        try:
            return run()
        except NoAnswerError as error:
            if not self._counts(error):
                raise
            self.record_problem(str(error))
            return Missing(str(error))

    def detail(self, run: Callable[[], A]) -> A | Missing:
        """Returns what makes a finding more exact.

        That nothing answers is a remark to findings. Without any, it could have led to one: the check ends as unknown.
        """
        return self._apart(run, self.details, "")

    def covered(self, run: Callable[[], A], by: str) -> A | Missing:
        """Returns what another observation shows, too.

        Where nothing answers, the remark of the outcome names both: `by` is what did, as in "tried from pod worker-1".
        """
        return self._apart(run, self.substituted, f" ({by})")

    def cover(self, reasons: Iterable[str], by: str) -> None:
        """Turns problems into remarks, since another observation answered the same question meanwhile."""
        for reason in reasons:
            if reason in self.problems:
                self.problems.remove(reason)
                self.substituted.extend([] if reason in self.impossible else [f"{reason} ({by})"])

    def _apart(self, run: Callable[[], A], remarks: "list[str]", suffix: str) -> A | Missing:
        known = set(self.problems)
        try:
            return run()
        except NoAnswerError as error:
            if self._counts(error):
                self.record_problem(str(error))
            return Missing(str(error))
        finally:
            # The part may have covered some of those that were known.
            omitted = known | self.impossible if suffix else known
            remarks.extend(f"{each}{suffix}" for each in self.problems if each not in omitted)
            self.problems[:] = [each for each in self.problems if each in known]

    def _counts(self, error: NoAnswerError) -> bool:
        """Whether a missing answer counts at all: not where the user excluded it, or an old recording lacks it."""
        return not isinstance(error, SkippedError) and not self.is_older_recording(error)

    def is_older_recording(self, error: NoAnswerError) -> bool:
        """Whether the replay of an incident lacks an answer because the query was added since.

        It shows what was known then. For a gate, an audit and a check that the recorded run did not select, a missing
        answer is unknown.
        """
        if not isinstance(error, NotRecordedError):
            return False
        return Occasion.INCIDENT in self.check.occasions and self.occasion is Occasion.INCIDENT

    def list(self, kind: type[T], namespace: str = "", selector: str = "", fields: str = "") -> tuple[T, ...]:
        """Returns the objects of a kind in a namespace; all checks of a run share the list.

        Raises:
            NoAnswerError: they cannot be listed.
        """
        return self.query(ListObjects(kind=kind, namespace=namespace, selector=selector, fields=fields)).items

    def matches(self, check: str = "") -> tuple[Match, ...]:
        """Returns the matches of this check's signatures, or of another check's; an unreadable log is a problem."""
        check_id = check or self.check.id
        self.logs()
        return tuple(match for match in self.run_data.matches() if match.signature.check == check_id)

    def logs(self) -> tuple[ContainerLog, ...]:
        """Returns the logs that are relevant now; one that cannot be read is a problem."""
        for problem in self.run_data.log_problems():
            self.record_problem(problem)
        return self.run_data.logs()

    def logged(self, code: str) -> tuple[Evidence, ...]:
        """Returns the log lines with a code, whichever check reports it, as evidence for a finding."""
        logs = self.detail(self.logs)
        return tuple(each.evidence for each in self.run_data.matches() if each.signature.code == code) if logs else ()

    def require_worker_logs(self) -> None:
        """Checks that a worker has run, as far as the logs that could be read show.

        Raises:
            NotApplicableError: none has run.
        """
        if not any(log.writer is Writer.WORKER for log in self.logs()) and not self.problems:
            raise NotApplicableError("no worker has run so far")

    def signature_findings(self) -> Iterator[Finding]:
        """Yields the findings of this check's signatures."""
        yield from findings(self.matches(), self.names)

    def surveys(self) -> tuple[SurveyResult, ...]:
        """Returns the exec surveys of the target's pods; none where no container runs.

        A ready pod whose survey failed is a problem, also where others succeeded.

        Raises:
            NoProgramError: none of the containers has a program that could answer, which may be the answer.
            NoAnswerError: containers run, but every survey failed.
        """
        found = self.run_data.surveys()
        problems = self.run_data.survey_problems()
        if not found and problems and all(isinstance(each, NoProgramError) for each in problems):
            self.impossible.add(str(problems[0]))
            raise NoProgramError(str(problems[0]))
        for problem in problems:
            self.record_problem(str(problem))
        if not found and problems:
            raise NoAnswerError(str(problems[0]))
        self.substituted.extend(f"{each} (other pods answered)" for each in self.run_data.survey_remarks())
        return found

    def record_evidence(
        self, source: str, text: str, vantage: Vantage = Vantage.OPERATOR, command: Command = NONE
    ) -> Evidence:
        """Records evidence for the check, and returns it for a finding."""
        evidence = Evidence(source=source, text=text, vantage=vantage, command=command)
        if (key := (evidence.source, evidence.text)) not in self.recorded:
            self.recorded.add(key)
            self.evidence.append(evidence)
        return evidence

    def record_problem(self, reason: str) -> None:
        """Records that a part of the check got no answer: without findings the check ends as unknown."""
        if reason not in self.problems:
            self.problems.append(reason)

    def not_yet(self, text: str) -> None:
        """Records that something is still in progress: a remark in an incident, but no answer yet after a deploy."""
        if self.occasion is Occasion.AFTER_DEPLOY:
            self.record_problem(text)
        else:
            self.note(text)

    def note(self, text: str) -> None:
        """Sets the remark of the outcome, such as how little a pass proves."""
        self.remark = text

    def age(self, since: datetime | None) -> timedelta:
        """Returns how long ago that was; zero where it is not known."""
        return self.now - since if since else timedelta()


def events_of(ctx: Context, kind: str, name: str) -> tuple[Event, ...]:
    """Returns the events about an object of the target's namespace, the latest last.

    Raises:
        NoAnswerError: events may not be listed.
    """
    events = ctx.list(Event, ctx.target.namespace)
    by_object = ctx.run_data.once("events by object", lambda: _by_object(events))
    return tuple(by_object.get((kind, name), ()))


def _by_object(events: tuple[Event, ...]) -> dict[tuple[str, str], list[Event]]:
    ordered = sorted(events, key=lambda event: event.order)
    return grouped(((each.involved_object.kind, each.involved_object.name), each) for each in ordered)
