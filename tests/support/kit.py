"""The test kit: what a check is run on, without a cluster.

A test says what there is and runs one check on it:

    ctx = context(pod(ready=False), events=[event("FailedScheduling", "0/3 nodes are available")])
    assert codes(SCHEDULED, ctx) == ["workload.unschedulable"]

`context` makes a worker in the namespace msp; objects of every kind are given as the API gives them, by their plural
(`tests.support.objects` builds the usual ones). Logs, exec surveys and the answers of Vault, Temporal or PostgreSQL are
given to it, too. What is not given does not exist; a query that nothing answers is a NoAnswerError.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from checks import signatures
from diagnose.check.api import Check, Context, Occasion, SurveyResult
from diagnose.check.stages import INDEPENDENT
from diagnose.cli.catalogue import profiles
from diagnose.commands.command import NONE
from diagnose.engine.catalogue import names_of
from diagnose.engine.runner import run_check
from diagnose.logs.signatures import ContainerLog, Match, Signature, Writer, find
from diagnose.model.report import Finding, Outcome
from diagnose.queries.exec_survey.survey import SurveyAnswer
from diagnose.queries.kubernetes import Listing, ListObjects, LogLine, LogText
from diagnose.queries.query import NoAnswerError, Query
from diagnose.resources import Deployment, Job, Object, Pod, PodTemplate, ReplicaSet, Workload
from diagnose.target import derivation, pod_template
from diagnose.target.profile import Profile
from diagnose.target.request import Request
from diagnose.target.target import Target

NOW = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
LABELS = {"app": "worker"}
PROFILES = profiles()
WORKER = PROFILES["alga-psa"]
"""The profile of the real Temporal worker."""
ANY_WORKER = PROFILES["temporal-worker"]
"""The profile of any other one."""
PLAIN = Profile(
    name="p", logins=WORKER.logins, health_port=WORKER.health_port, types={"ENABLE_HEALTH_CHECK": "boolean"}
)
"""What `context` takes where a test gives no profile: it expects next to nothing."""
GENERIC = PROFILES["generic"]
"""The profile of any workload."""

Json = dict[str, Any]
M = TypeVar("M")


def ago(*, days: float = 0, minutes: float = 0, seconds: float = 0) -> str:
    """Returns a time before NOW as the API writes it."""
    return (NOW - timedelta(days=days, minutes=minutes, seconds=seconds)).isoformat()


class FakeRunData:
    """Answers queries from what a test gives it, and keeps which ones there were.

    Attributes:
        kinds: the objects of each kind, by its plural; a namespace counts where the object names one.
        answers: the answer to each other type of query: a value, an error to raise, or a function of the query.
        refused: the errors that queries end with, by plural or type of query.
        containers: the logs that matter; signatures are found in them.
        surveyed: the exec surveys that succeeded.
        problems: why other exec surveys did not succeed.
        queries: all that was queried.
        begun: all that was begun without waiting.
    """

    def __init__(
        self,
        *,
        answers: Mapping[Any, Any] | None = None,
        refused: Mapping[Any, Exception] | None = None,
        logs: Iterable[ContainerLog] = (),
        surveys: Iterable[SurveyResult] = (),
        survey_problems: Iterable[NoAnswerError] = (),
        **kinds: Any,
    ) -> None:
        self.kinds: dict[str, Sequence[Any]] = kinds
        self.answers, self.refused = dict(answers or {}), dict(refused or {})
        self.containers, self.surveyed, self.problems = tuple(logs), tuple(surveys), tuple(survey_problems)
        self.queries: list[Query[Any]] = []
        self.begun: list[Query[Any]] = []

    def query(self, query: Query[Any]) -> Any:
        """Returns what the test gives for a query."""
        self.queries.append(query)
        about = query.plural if isinstance(query, ListObjects) else type(query)
        if about in self.refused:
            raise self.refused[about]
        if isinstance(query, ListObjects):
            found = (
                _object(each, query.kind) for each in self.kinds.get(query.plural, ()) if _is_selected(each, query)
            )
            return Listing(tuple(found))
        if type(query) not in self.answers:
            raise NoAnswerError(f"no answer to {type(query).__name__}")
        answer = self.answers[type(query)]
        if isinstance(answer, Exception):
            raise answer
        return answer(query) if callable(answer) else answer

    def begin(self, query: Query[Any]) -> None:
        """Keeps that the query was begun."""
        self.begun.append(query)

    def logs(self) -> tuple[ContainerLog, ...]:
        """Returns the logs."""
        return self.containers

    def log_problems(self) -> tuple[str, ...]:
        """Returns nothing: every log can be read."""
        return ()

    def matches(self) -> tuple[Match, ...]:
        """Returns the signatures of the product that the logs match."""
        return find(self.containers, _signatures())

    def once(self, name: str, make: Callable[[], M]) -> M:
        """Makes it anew."""
        return make()

    def surveys(self) -> tuple[SurveyResult, ...]:
        """Returns the exec surveys."""
        return self.surveyed

    def survey_remarks(self) -> tuple[str, ...]:
        """Returns nothing: every survey counts."""
        return ()

    def survey_problems(self) -> tuple[NoAnswerError, ...]:
        """Returns why other exec surveys failed."""
        return self.problems


def _object(thing: Any, kind: type[Object]) -> Object:
    return thing if isinstance(thing, Object) else msgspec.convert(thing, kind)


def _is_selected(thing: Any, query: ListObjects[Any]) -> bool:
    data = msgspec.to_builtins(thing)
    own = data.get("metadata", {}).get("namespace", "")
    if own and query.namespace and own != query.namespace:
        return False
    # Of the field selectors only a Secret's type is told apart: checks filter the others themselves.
    return not query.fields.startswith("type=") or query.fields == f"type={data['type']}"


@cache
def _signatures() -> tuple[Signature, ...]:
    return signatures.load()


def log(
    *lines: str | LogLine,
    pod: str = "worker-1",
    container: str = "worker",
    writer: Writer = Writer.WORKER,
    run: str = "current",
    ready: bool = False,
) -> ContainerLog:
    """Returns a container's log with these lines; a text of several lines is split."""
    split = (part for line in lines for part in ([line] if isinstance(line, LogLine) else line.split("\n")))
    text = LogText(tuple(each if isinstance(each, LogLine) else LogLine(each) for each in split))
    return ContainerLog(pod=pod, container=container, writer=writer, run=run, ready=ready, command=NONE, text=text)


def agent_log(*lines: str | LogLine, pod: str = "worker-1") -> ContainerLog:
    """Returns the log of a Vault agent that runs before the worker."""
    return log(*lines, pod=pod, container="vault-agent-init", writer=Writer.AGENT_INIT)


def matched(found: ContainerLog) -> tuple[Match, ...]:
    """Returns the signatures of the product that a log matches."""
    return find([found], _signatures())


def survey(pod: Json | Pod, *, container: str = "worker", tool: str = "node", **found: Any) -> SurveyResult:
    """Returns an exec survey of a pod that found `connections`, `files`, `variables`, `logins`, `process` ..."""
    return SurveyResult(pod=as_pod(pod), container=container, answer=SurveyAnswer(tool, **found))


def as_pod(pod: Json | Pod) -> Pod:
    """Returns a pod as the product reads it."""
    return pod if isinstance(pod, Pod) else msgspec.convert(pod, Pod)


def context(
    *pods: Json | Pod,
    replicas: int = 3,
    profile: Profile = PLAIN,
    check: Check | None = None,
    occasion: Occasion = Occasion.INCIDENT,
    deployment: Json | None = None,
    spec: Json | None = None,
    container: Json | None = None,
    annotations: dict[str, str] | None = None,
    replica_sets: Sequence[Json] = (),
    answers: Mapping[Any, Any] | None = None,
    refused: Mapping[Any, Exception] | None = None,
    logs: Iterable[ContainerLog] = (),
    surveys: Iterable[SurveyResult] = (),
    survey_problems: Iterable[NoAnswerError] = (),
    **kinds: Any,
) -> Context:
    """Returns what a check of the Deployment "worker" in the namespace msp sees.

    Arguments:
        pods: those of the target; a list of pods gives them, too, unless the test gives `pods=`.
        deployment: of the Deployment's spec, such as its strategy.
        spec: of the pod template, on top of one container "worker".
        container: the worker's own part of the pod template, such as `env` or `args`; where the database and Temporal
            are is read from literal values of `env`, as in `variables(DB_HOST="db.msp.svc")`.
        annotations: of the pod template; those of the Vault agent injector become the target's Vault facts.
        kinds: all objects of a kind, by its plural.
    """
    worker = {"name": "worker", **(container or {})}
    template = msgspec.convert(
        {
            "metadata": {"labels": LABELS, "annotations": annotations or {}},
            "spec": {"containers": [worker], **(spec or {})},
        },
        PodTemplate,
    )
    main = template.spec.containers[0]
    made = {"metadata": {"name": "worker", "namespace": "msp"}, "spec": {"replicas": replicas, **(deployment or {})}}
    own = tuple(as_pod(each) for each in pods)
    vault = pod_template.vault(template, main, own)
    derived = derivation.derive(template, main, profile, vault)
    target = Target(
        request=Request(context="c", namespace="msp", occasion=occasion),
        profile=profile,
        kind="Deployment",
        name="worker",
        controller=msgspec.convert(made, Deployment),
        replica_sets=tuple(msgspec.convert(each, ReplicaSet) for each in replica_sets),
        pods=own,
        template=template,
        container=main,
        database=derived.database,
        temporal=derived.temporal,
        known=derived.facts,
        vault=vault,
        release=None,
    )
    run_data = FakeRunData(
        answers=answers,
        refused=refused,
        logs=logs,
        surveys=surveys,
        survey_problems=survey_problems,
        **{"pods": own, **kinds},
    )
    names = names_of(target)
    return Context(target=target, now=NOW, run_data=run_data, check=check or NOTHING, names=names)


def about(ctx: Context, **facts: Any) -> Context:
    """Returns the context of a target with other facts, such as `temporal` or `release`."""
    if "deployment" in facts:
        facts["controller"] = facts.pop("deployment")
    target = replace(ctx.target, **facts)
    return replace(ctx, target=target, names=names_of(target))


def of_kind(ctx: Context, kind: type[Workload], name: str, status: Json | None = None, **spec: Any) -> Context:
    """Returns the context of a workload of another kind, with its spec and status."""
    made = {"metadata": {"name": name, "namespace": "msp", "creationTimestamp": ago(days=1)}, "spec": spec}
    controller = msgspec.convert({**made, "status": status or {}}, kind)
    job = {"job": controller} if isinstance(controller, Job) else {}
    return about(ctx, controller=controller, kind=controller.kind, name=name, replica_sets=(), **job)


def requested(ctx: Context, **options: Any) -> Context:
    """Returns the context of a run with other options, such as `allowed` or `expected`."""
    return about(ctx, request=replace(ctx.target.request, **options))


def data_of(ctx: Context) -> FakeRunData:
    """Returns the run data of a context, to change them or to see what was queried."""
    assert isinstance(ctx.run_data, FakeRunData)
    return ctx.run_data


def nothing(_: Context) -> Iterator[Finding]:
    """Finds nothing."""
    yield from ()


NOTHING = Check(id="a.b", title="T", stage=INDEPENDENT, run=nothing)


def findings(check: Check, ctx: Context) -> list[Finding]:
    """Returns what a check finds.

    Raises:
        NotApplicableError: the check does not apply to the target.
        NoAnswerError: nothing answered what it needs.
    """
    ctx.check = check
    return list(check.run(ctx))


def codes(check: Check, ctx: Context) -> list[str]:
    """Returns the codes of what a check finds."""
    return [each.code for each in findings(check, ctx)]


def outcome(check: Check, ctx: Context) -> Outcome:
    """Returns the outcome of a check, as a report has it."""
    ctx.check = check
    return run_check(check, ctx)
