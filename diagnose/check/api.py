"""What a check is, and the only world it sees."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import msgspec

from diagnose.check.rights import Read
from diagnose.check.stages import Stage
from diagnose.commands.command import NONE, Command
from diagnose.commands.owner import Owner
from diagnose.logs.signatures import ContainerLog, Match, Signature, findings
from diagnose.model.report import Confidence, Evidence, Finding, Remediation, Severity, Step, Vantage
from diagnose.queries.exec_survey.survey import SurveyAnswer
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError, Query
from diagnose.resources import Object, Pod
from diagnose.target.request import Occasion as Occasion  # noqa: PLC0414  the author of a check uses this module alone
from diagnose.target.target import Target
from diagnose.text.sentences import truncate

A = TypeVar("A")
T = TypeVar("T", bound=Object)


INCIDENTS = (Occasion.INCIDENT, Occasion.AFTER_DEPLOY)
PREREQUISITES = (*INCIDENTS, Occasion.BEFORE_DEPLOY)
BY_TEMPLATE = (*INCIDENTS, Occasion.BEFORE_BY_MANIFEST)


class NotApplicableError(Exception):
    """The question makes no sense for this target; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """One thing that can be wrong.

    Attributes:
        id: stable, never reused: "topic.what-is-wrong".
        meaning: one or two sentences for `diagnose explain`.
        fix: what to do, as one imperative sentence.
        stage: where the finding belongs, where that is not its check's stage.
        explained_by: the exceptions from the order of the stages, where they are not its check's.
        heals: whether it may pass without anybody doing anything, as what starts, is tried again or is overloaded
            may; a gate that waits goes on waiting then.
    """

    id: str
    meaning: str
    fix: str
    severity: Severity = Severity.CRITICAL
    transient: bool = False
    stage: Stage | None = None
    explained_by: tuple[str, ...] | None = None

    def finding(
        self,
        summary: str,
        *,
        steps: tuple[Step, ...],
        subjects: tuple[str, ...] = (),
        pods: tuple[str, ...] = (),
        evidence: tuple[Evidence, ...] = (),
        alternatives: tuple[str, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """The finding that this is wrong; with alternatives it is likely, without them certain."""
        return Finding(
            code=self.id,
            summary=truncate(summary),
            severity=severity or self.severity,
            subjects=subjects,
            pods=pods,
            evidence=evidence,
            confidence=Confidence.LIKELY if alternatives else Confidence.CERTAIN,
            alternatives=alternatives,
            remediation=Remediation(summary=self.fix, steps=steps),
        )


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question about the target.

    Attributes:
        id: "topic.name", which is also its file.
        title: the healthy state, to be read with a tick or a cross in front.
        ask: yields what is wrong; raises NotApplicableError or CannotLookError.
        stage: where its findings belong; those of earlier stages explain them.
        explained_by: ids of checks or codes that explain its findings although their stage is no earlier one; each is
            an exception with its reason in a comment.
        codes: what it can find, by signatures or otherwise.
        vital: whether the worker does not work where this fails for pods that are ready.
        occasions: when it is asked without being named.
        reads: what it asks of the Kubernetes API, beyond which it asks nothing; `diagnose rbac` makes roles of it.
    """

    id: str
    title: str
    stage: Stage
    run: "Callable[[Context], Iterator[Finding]]"
    codes: tuple[Code, ...] = ()
    explained_by: tuple[str, ...] = ()
    vital: bool = False
    occasions: tuple[Occasion, ...] = INCIDENTS
    reads: tuple[Read, ...] = ()

    @property
    def topic(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def requires(self) -> tuple[str, ...]:
        """Ids of the checks that must hold for this one to make sense."""
        return self.stage.requires

    def stage_of(self, code: str) -> Stage:
        """The stage of a finding with this code."""
        own = self._code(code)
        return own.stage if own and own.stage else self.stage

    def exceptions_of(self, code: str) -> tuple[str, ...]:
        """Ids of the checks and codes that explain a finding with this code besides earlier stages."""
        own = self._code(code)
        return self.explained_by if own is None or own.explained_by is None else own.explained_by

    def _code(self, code: str) -> Code | None:
        return next((each for each in self.codes if each.id == code), None)


@dataclass(frozen=True, kw_only=True)
class SurveyResult:
    """A look around in a container of a pod of the target."""

    pod: Pod
    container: str
    answer: SurveyAnswer


def with_codes(signatures: Iterable[Signature], checks: Iterable[Check]) -> tuple[Signature, ...]:
    """Returns the signatures with the severity of their codes, and with the codes' fix where they give none."""
    codes = {code.id: code for check in checks for code in check.codes}
    paired = ((each, codes[each.code]) for each in signatures)
    return tuple(
        msgspec.structs.replace(each, severity=code.severity, fix=each.fix or code.fix) for each, code in paired
    )


class RunData(Protocol):
    """What the context asks; the runner provides it."""

    def query(self, query: Query[A]) -> A:
        """The answer to a question."""
        ...

    def matches(self) -> tuple[Match, ...]:
        """All signatures found in the logs of the target."""
        ...

    def surveys(self) -> tuple[SurveyResult, ...]:
        """The looks around that succeeded."""
        ...

    def survey_problems(self) -> tuple[str, ...]:
        """Why others did not."""
        ...

    def log_problems(self) -> tuple[str, ...]:
        """Which logs could not be read, and why."""
        ...

    def logs(self) -> tuple[ContainerLog, ...]:
        """The logs of the target that matter now."""
        ...


@dataclass(kw_only=True)
class Context:
    """One check's view of a run; keeps the check's evidence and what was not accessible to it."""

    target: Target
    now: datetime
    run_data: RunData
    check: Check
    names: dict[str, str]
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remark: str = ""

    @property
    def owner(self) -> Owner:
        """What the pods are made by; it builds the commands that show or change it."""
        return self.target.owner

    @property
    def occasion(self) -> Occasion:
        """Why the run was started: an incident needs its answer quickly, a deploy or an audit may read more."""
        return self.target.request.occasion

    def query(self, query: Query[A]) -> A:
        """The answer to a question, which is kept as evidence.

        Raises:
            CannotLookError: there is none.
        """
        answer = self.run_data.query(query)
        if query.command and not isinstance(query, ListObjects):
            self.record_evidence(query.command, "", query.vantage, command=query.command)
        return answer

    def list(self, kind: type[T], namespace: str = "", selector: str = "", fields: str = "") -> tuple[T, ...]:
        """The objects of a kind in a namespace; shared by all checks of a run.

        Raises:
            CannotLookError: they may not be listed.
        """
        return self.query(ListObjects(kind=kind, namespace=namespace, selector=selector, fields=fields)).items

    def matches(self, check: str = "") -> tuple[Match, ...]:
        """What signatures that answer this check (or the named one) matched; a log that cannot be read is a problem."""
        wanted = check or self.check.id
        for problem in self.run_data.log_problems():
            self.record_problem(problem)
        return tuple(match for match in self.run_data.matches() if match.signature.check == wanted)

    def signature_findings(self) -> Iterator[Finding]:
        """The findings of the signatures that answer this check."""
        yield from findings(self.matches(), self.names)

    def surveys(self) -> tuple[SurveyResult, ...]:
        """Looks around from inside pods of the target; none where no container runs.

        A pod that is ready and could not be looked into is a problem, also where others could.

        Raises:
            CannotLookError: containers run, but none could be looked into.
        """
        found = self.run_data.surveys()
        problems = self.run_data.survey_problems()
        if not found and problems:
            raise NoAnswerError(problems[0])
        for problem in problems:
            self.record_problem(problem)
        return found

    def record_evidence(
        self, source: str, text: str, vantage: Vantage = Vantage.OPERATOR, command: Command = NONE
    ) -> Evidence:
        """Keep something seen; also returned, to go with a finding."""
        seen = Evidence(source=source, text=text, vantage=vantage, command=command)
        if all((each.source, each.text) != (seen.source, seen.text) for each in self.evidence):
            self.evidence.append(seen)
        return seen

    def record_problem(self, reason: str) -> None:
        """Keep that a part of the question got no answer: without findings the check ends as unknown."""
        if reason not in self.problems:
            self.problems.append(reason)

    def not_yet(self, text: str) -> None:
        """Keep that something is still under way: a remark in an incident, but no answer yet after a deploy."""
        if self.occasion is Occasion.AFTER_DEPLOY:
            self.record_problem(text)
        else:
            self.note(text)

    def note(self, text: str) -> None:
        """A remark that goes with the outcome, such as how little a pass proves."""
        self.remark = text

    def age(self, since: datetime | None) -> timedelta:
        """How long ago that was; nothing where it is not known."""
        return self.now - since if since else timedelta()


def events_of(events: tuple[Any, ...], kind: str, name: str) -> tuple[Any, ...]:
    """Events about one object, the latest last."""
    own = [each for each in events if (each.involved_object.kind, each.involved_object.name) == (kind, name)]
    return tuple(sorted(own, key=lambda event: str(event.seen_at)))
