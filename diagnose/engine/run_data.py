"""The data that all checks of a run share: logs, exec surveys and matches of signatures."""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from diagnose.check.api import SurveyResult
from diagnose.domain.network.named_hosts import further_dials, refers_to_maps
from diagnose.logs.signatures import ContainerLog, Match, Signature, Writer, find
from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.kubernetes import DISCARDED_LOG, ListObjects, ReadLog
from diagnose.queries.query import NoAnswerError, NotRecordedError, Query, SkippedError
from diagnose.resources import ConfigMap, ContainerStatus, Pod
from diagnose.resources.meshes import PROXIES
from diagnose.sources.gateway import Gateway
from diagnose.target.samples import kind_of_failure, sampled
from diagnose.target.survey_plan import planned_surveys
from diagnose.target.target import Target
from diagnose.text.patterns import lazy

A = TypeVar("A")
M = TypeVar("M")

KINDS, UNREADY_LOGS, READY_PODS = 8, 12, 5
"""The kinds of failure of which a log is read in any case, the logs of unready pods otherwise, and the ready pods."""
AT_ONCE = 8
# The kubelet's error where it has removed the container of the previous run.
NO_PREVIOUS_RUN = "previous terminated container"
# What the API server says of a kubelet that it asks for a log.
_KUBELET = lazy(r'Get "https://(?P<host>[^"/]{1,80}):10250/')
NEVER_RAN = {"StartError", "ContainerCannotRun"}


class SharedRunData(msgspec.Struct):
    """The shared data of a run, computed once."""

    gateway: Gateway
    target: Target
    signatures: tuple[Signature, ...]
    _lock: threading.RLock = msgspec.field(default_factory=threading.RLock)
    _memo: dict[str, Any] = msgspec.field(default_factory=dict)

    def query(self, query: Query[A]) -> A:
        """Runs a query.

        Raises:
            NoAnswerError: there is no answer.
        """
        return self.gateway.query(query)

    def begin(self, query: Query[Any]) -> None:
        """Starts a query that a check will probably run."""
        self.gateway.begin(query)

    def matches(self) -> tuple[Match, ...]:
        """All matches of signatures in the logs of the target."""
        return self.once("matches", lambda: find(self.logs(), self.signatures))

    def logs(self) -> tuple[ContainerLog, ...]:
        """The relevant logs: all of unready pods, of ready ones the worker's, and what else an unknown program runs."""
        return self.once("logs", self._read_logs)[0]

    def log_problems(self) -> tuple[str, ...]:
        """The logs that could not be read, with reasons."""
        return self.once("logs", self._read_logs)[1]

    def surveys(self) -> tuple[SurveyResult, ...]:
        """The successful exec surveys."""
        return self.once("surveys", self._survey)[0]

    def survey_problems(self) -> tuple[NoAnswerError, ...]:
        """The errors of the failed ones whose pods are ready and stay, or of all where none succeeded."""
        return self.once("surveys", self._survey)[1]

    def survey_remarks(self) -> tuple[str, ...]:
        """The reasons of the other failed ones."""
        return self.once("surveys", self._survey)[2]

    def once(self, name: str, make: Callable[[], M]) -> M:
        """Returns what `make` makes; it is made once in a run."""
        if name in self._memo:
            known: M = self._memo[name]
            return known
        # One lock for each kind of data, so that logs do not wait for surveys.
        with self._lock:
            lock = self._memo.setdefault(f"{name} lock", threading.RLock())
        with lock:
            if name not in self._memo:
                self._memo[name] = make()
            found: M = self._memo[name]
            return found

    def _read_logs(self) -> tuple[tuple[ContainerLog, ...], tuple[str, ...]]:
        # Logs of the previous version say nothing about the version that is to be deployed.
        requested = [] if self.target.manifest else list(_requested_logs(self.target))

        def read(item: RequestedLog) -> tuple[ContainerLog | None, str]:
            pod, container, writer, previous = item
            query = ReadLog(namespace=self.target.namespace, pod=pod.name, container=container, previous=previous)
            try:
                text = self.gateway.query(query)
            except NoAnswerError as error:
                # Logs of other containers of ready pods are not in older recordings.
                absent = DISCARDED_LOG in str(error) or (previous and NO_PREVIOUS_RUN in str(error))
                older = isinstance(error, NotRecordedError) and pod.ready and writer is Writer.SIDECAR
                return None, "" if absent or older else _unread(str(error))
            run = "previous" if previous else "current"
            log = ContainerLog(
                pod=pod.name,
                container=container,
                writer=writer,
                run=run,
                ready=pod.ready,
                command=query.command,
                text=text,
            )
            return log, f"logs: {text.unread_end}" if text.unread_end and not previous else ""

        return _divided(_in_parallel(read, requested))

    def _config_maps(self) -> dict[str, ConfigMap] | None:
        """Returns the ConfigMaps by name where the target's settings are in some, None where they are not read."""
        if not refers_to_maps(self.target):
            return None
        try:
            listed = self.gateway.query(ListObjects(kind=ConfigMap, namespace=self.target.namespace)).items
        except NoAnswerError:
            return None
        return {each.name: each for each in listed}

    def _survey(self) -> tuple[tuple[SurveyResult, ...], tuple[NoAnswerError, ...], tuple[str, ...]]:
        requested = list(planned_surveys(self.target, further_dials(self.target, self._config_maps())))
        staying = {pod.name for pod in self.target.current_pods} or {pod.name for pod in self.target.pods}

        def survey(item: tuple[Pod, ExecSurvey]) -> SurveyResult | NoAnswerError:
            pod, query = item
            try:
                return SurveyResult(pod=pod, container=query.container, answer=self.gateway.query(query))
            except NoAnswerError as error:
                return error

        answers = _in_parallel(survey, requested)
        found = tuple(each for each in answers if isinstance(each, SurveyResult))
        failed = [
            (pod, each)
            for (pod, _), each in zip(requested, answers, strict=True)
            if isinstance(each, NoAnswerError) and not isinstance(each, SkippedError)
        ]
        # A pod that comes and goes, or that a rollout removes, may refuse; one that is ready and stays must answer.
        counted = {str(error): error for pod, error in failed if not found or (pod.ready and pod.name in staying)}
        return found, tuple(counted.values()), tuple(str(error) for _, error in failed if str(error) not in counted)


def _divided(answers: list[tuple[M | None, str]]) -> tuple[tuple[M, ...], tuple[str, ...]]:
    """Returns the answers, and the reasons of what is missing, in the order of the queries."""
    found, reasons = zip(*answers, strict=True) if answers else ((), ())
    return tuple(each for each in found if each is not None), tuple(dict.fromkeys(filter(None, reasons)))


def _in_parallel(work: Callable[[Any], M], items: Iterable[Any]) -> list[M]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(work, items))


RequestedLog = tuple[Pod, str, Writer, bool]
"""A log to read: pod, container, writer, whether of the previous run."""


def _requested_logs(target: Target) -> Iterable[RequestedLog]:
    current = {pod.name for pod in target.current_pods}
    yield from sorted(_of_each_kind(target, current), key=lambda each: each[0].name)
    ready = sorted(target.ready_pods, key=lambda pod: (pod.name not in current, pod.name))
    for pod in ready[:READY_PODS]:
        yield pod, target.worker_container(pod).name, Writer.WORKER, False
        if not target.profile.start_steps:
            yield from ((pod, name, Writer.SIDECAR, False) for name in _others(target, pod))


def _of_each_kind(target: Target, current: set[str]) -> Iterator[RequestedLog]:
    """Yields the logs of a pod of each kind of failure, and of further ones as long as they are few."""
    kinds, count = set[Hashable](), 0
    for pod in sampled((pod for pod in target.pods if not pod.ready), current):
        logs, kind = list(_logs_of(target, pod)), kind_of_failure(pod)
        count += len(logs)
        if logs and ((kind not in kinds and len(kinds) < KINDS) or count <= UNREADY_LOGS):
            kinds.add(kind)
            yield from logs


def _others(target: Target, pod: Pod) -> Iterator[str]:
    """Yields the other containers of a ready pod that may do some of its work, unlike proxies and agents."""
    worker = target.worker_container(pod).name
    for each in pod.spec.containers:
        if each.name not in {worker, *PROXIES} and not each.name.startswith("vault-agent"):
            yield each.name


def _logs_of(target: Target, pod: Pod) -> Iterator[RequestedLog]:
    """Yields the logs of an unready pod that can exist."""
    sidecars = {each.name for each in pod.running_statuses} - {each.name for each in pod.status.container_statuses}
    for status in pod.status.init_container_statuses:
        if status.name in sidecars:
            continue
        if status.state.terminated is None or status.state.terminated.exit_code != 0:
            writer = Writer.AGENT_INIT if status.name.startswith("vault-agent") else Writer.INIT
            yield from _runs_of(pod, status, writer)
    worker = target.worker_container(pod).name
    for status in pod.running_statuses:
        if status.name == worker:
            yield from _runs_of(pod, status, Writer.WORKER)
        elif not status.ready:
            writer = Writer.AGENT if status.name.startswith("vault-agent") else Writer.SIDECAR
            yield from _runs_of(pod, status, writer)


def _runs_of(pod: Pod, status: ContainerStatus, writer: Writer) -> Iterator[RequestedLog]:
    if any(each.terminated and each.terminated.reason in NEVER_RAN for each in (status.state, status.last_state)):
        return
    started = status.state.running or status.state.terminated or status.restart_count
    if started:
        yield pod, status.name, writer, False
    if status.restart_count:
        yield pod, status.name, writer, True


def _unread(error: str) -> str:
    """Returns why logs could not be read: a kubelet that does not answer is the same reason for all its pods."""
    if silent := _KUBELET.search(error):
        return f"logs: the kubelet at {silent['host']} does not answer ({error.rpartition(': ')[2]})"
    return f"logs: {error}"
