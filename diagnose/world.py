"""What all checks of a run share: the logs that matter now, looks around from inside pods, and who matched what."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from diagnose.check import Surveyed
from diagnose.facts import exports
from diagnose.probes.kubernetes import LogText, ReadLog
from diagnose.probes.objects import Container, ContainerStatus, Pod
from diagnose.probes.question import CannotLookError, LeftOutError, Question
from diagnose.probes.survey import Dial, LoginAs, Survey
from diagnose.signatures import ContainerLog, Match, Signature, Writer, find
from diagnose.sources.gateway import Gateway
from diagnose.target import Target

A = TypeVar("A")
M = TypeVar("M")

UNREADY_PODS, READY_PODS = 20, 5
SURVEYED_PODS = 5
AT_ONCE = 8
PROMETHEUS = "prometheus.io/"
SCRAPE = f"{PROMETHEUS}scrape"
NEVER_RAN = {"StartError", "ContainerCannotRun"}
# What the kubelet prints in place of a log that it has thrown away meanwhile.
LOST_LOG = "unable to retrieve container logs for"


@dataclass
class SharedWorld:
    """Answers for all checks of a run; what is worked out from answers is worked out once."""

    gateway: Gateway
    target: Target
    signatures: tuple[Signature, ...]
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _memo: dict[str, Any] = field(default_factory=dict)

    def ask(self, question: Question[A]) -> A:
        """The answer to a question.

        Raises:
            CannotLookError: there is none.
        """
        return self.gateway.ask(question)

    def matches(self) -> tuple[Match, ...]:
        """All signatures found in the logs of the target."""
        return self._once("matches", lambda: find(self.logs(), self.signatures))

    def logs(self) -> tuple[ContainerLog, ...]:
        """The logs that matter now: of pods that are not ready all that may tell why, of ready ones the worker's."""
        return self._once("logs", self._read_logs)[0]

    def log_problems(self) -> tuple[str, ...]:
        """Which logs could not be read, and why."""
        return self._once("logs", self._read_logs)[1]

    def surveys(self) -> tuple[Surveyed, ...]:
        """The looks around that succeeded."""
        return self._once("surveys", self._survey)[0]

    def survey_problems(self) -> tuple[str, ...]:
        """Why others did not."""
        return self._once("surveys", self._survey)[1]

    def _once(self, name: str, make: Callable[[], M]) -> M:
        # One lock a thing, so that logs are not held up by surveys.
        with self._lock:
            lock = self._memo.setdefault(f"{name} lock", threading.RLock())
        with lock:
            if name not in self._memo:
                self._memo[name] = make()
            found: M = self._memo[name]
            return found

    def _read_logs(self) -> tuple[tuple[ContainerLog, ...], tuple[str, ...]]:
        # What pods of the version before have logged says nothing of one that is to be deployed in their place.
        wanted = [] if self.target.manifest else list(_wanted_logs(self.target))
        problems: list[str] = []

        def read(item: tuple[Pod, str, Writer, bool]) -> ContainerLog | None:
            pod, container, writer, previous = item
            question = ReadLog(namespace=self.target.namespace, pod=pod.name, container=container, previous=previous)
            try:
                text = self.gateway.ask(question)
            except CannotLookError as error:
                if not previous:
                    problems.append(f"logs: {error}")
                return None
            if _lost(text):
                return None
            run = "previous" if previous else "current"
            return ContainerLog(
                pod=pod.name,
                container=container,
                writer=writer,
                run=run,
                ready=pod.ready,
                command=question.command,
                text=text,
            )

        return tuple(log for log in _in_parallel(read, wanted) if log), tuple(dict.fromkeys(problems))

    def _survey(self) -> tuple[tuple[Surveyed, ...], tuple[str, ...]]:
        wanted = list(_wanted_surveys(self.target))
        problems: list[tuple[bool, str]] = []

        def look(item: tuple[Pod, Survey]) -> Surveyed | None:
            pod, question = item
            try:
                return Surveyed(pod=pod, container=question.container, answer=self.gateway.ask(question))
            except LeftOutError:
                return None
            except CannotLookError as error:
                problems.append((pod.ready, str(error)))
                return None

        found = tuple(each for each in _in_parallel(look, wanted) if each)
        # A pod that comes and goes may well refuse; one that is ready must let itself be looked into.
        missed = [reason for ready, reason in problems if ready or not found]
        return found, tuple(dict.fromkeys(missed))


def _in_parallel(work: Callable[[Any], M], items: Iterable[Any]) -> list[M]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(work, items))


def _lost(text: LogText) -> bool:
    return len(text.lines) == 1 and LOST_LOG in text.lines[0].text


def _wanted_logs(target: Target) -> Iterable[tuple[Pod, str, Writer, bool]]:
    """Which logs to read: pod, container, whose it is, whether of the previous run."""
    unready = [pod for pod in target.pods if not pod.ready][:UNREADY_PODS]
    for pod in unready:
        for status in pod.status.init_container_statuses:
            if status.state.terminated is None or status.state.terminated.exit_code != 0:
                writer = Writer.AGENT_INIT if status.name.startswith("vault-agent") else Writer.INIT
                yield from _runs_of(pod, status, writer)
        worker = target.worker_container(pod).name
        for status in pod.status.container_statuses:
            if status.name == worker:
                yield from _runs_of(pod, status, Writer.WORKER)
            elif not status.ready:
                writer = Writer.AGENT if status.name.startswith("vault-agent") else Writer.SIDECAR
                yield from _runs_of(pod, status, writer)
    current = {pod.name for pod in target.current_pods}
    ready = sorted(target.ready_pods, key=lambda pod: pod.name not in current)
    for pod in ready[:READY_PODS]:
        yield pod, target.worker_container(pod).name, Writer.WORKER, False


def _runs_of(pod: Pod, status: ContainerStatus, writer: Writer) -> Iterable[tuple[Pod, str, Writer, bool]]:
    if any(each.terminated and each.terminated.reason in NEVER_RAN for each in (status.state, status.last_state)):
        return
    started = status.state.running or status.state.terminated or status.restart_count
    if started:
        yield pod, status.name, writer, False
    if status.restart_count:
        yield pod, status.name, writer, True


def _wanted_surveys(target: Target) -> Iterable[tuple[Pod, Survey]]:
    """Whom to ask: the present template's pods first; for a worker that does not run its agent, in the same network."""
    current = {pod.name for pod in target.current_pods}
    pods = sorted(target.pods, key=lambda pod: (pod.name not in current, not pod.ready, pod.name))
    taken = 0
    for pod in pods:
        worker = target.worker_container(pod)
        sidecar = next((each for each in pod.spec.containers if each.name.startswith("vault-agent")), None)
        if _runs(pod, worker):
            yield pod, _worker_survey(target, pod, worker)
        elif sidecar and _runs(pod, sidecar):
            yield pod, _sidecar_survey(target, pod, sidecar)
        else:
            continue
        taken += 1
        if taken == SURVEYED_PODS:
            return


def _runs(pod: Pod, container: Container) -> bool:
    status = pod.container_status(container.name)
    return status is not None and status.state.running is not None


def _dials(target: Target) -> tuple[Dial, ...]:
    dials: list[Dial] = []
    if target.database:
        dials.append(Dial(host=target.database.host, port=target.database.port, postgres=True))
        dials.append(Dial(host=target.database.admin_host, port=target.database.admin_port, postgres=True))
    if target.temporal:
        dials.append(Dial(host=target.temporal.host, port=target.temporal.port))
    if target.vault.concerned and (vault := vault_endpoint(target.vault.address)):
        dials.append(Dial(host=vault[0], port=vault[1]))
    return tuple(dict.fromkeys(dials))


def vault_endpoint(address: str) -> tuple[str, int] | None:
    """Host and port of Vault's address, None where there is none."""
    parts = urlsplit(address)
    try:
        return (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)) if parts.hostname else None
    except ValueError:
        return None


def _files(target: Target) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(file.destination for file in target.vault.files), *target.vault.sourced)))


def _worker_survey(target: Target, pod: Pod, worker: Container) -> Survey:
    logins: list[LoginAs] = []
    if database := target.database:
        logins.append(
            LoginAs(
                purpose="server",
                host=database.host,
                port=database.port,
                database=database.name,
                user=database.user,
                password_variables=("DB_PASSWORD_SERVER",),
            )
        )
        logins.append(
            LoginAs(
                purpose="admin",
                host=database.admin_host,
                port=database.admin_port,
                database=database.name,
                user=database.admin_user,
                password_variables=("DB_PASSWORD_ADMIN",),
            )
        )
    return Survey(
        namespace=target.namespace,
        pod=pod.name,
        container=worker.name,
        dials=_dials(target),
        files=_files(target),
        variables=target.profile.required_variables,
        urls=(*health_urls(target, worker), *vault_health_urls(target), *scrape_urls(target)),
        logins=tuple(logins),
        tables=target.profile.tables,
        role=target.database.user if target.database else "",
        folders=target.profile.migrations.folders,
        judged=_judged(target, worker),
    )


def _judged(target: Target, worker: Container) -> tuple[str, ...]:
    """The variables whose value only the process knows: literals stand in the template."""
    referred = (each.name for each in worker.env if each.value_from)
    from_files = (each.name for file in target.vault.files for each in exports(file))
    return tuple(dict.fromkeys((*target.profile.required_variables, *referred, *from_files)))


def health_urls(target: Target, worker: Container) -> tuple[str, ...]:
    """What the probes ask, as seen from inside the pod."""
    urls = [
        f"http://127.0.0.1:{port}{probe.http_get.path}"
        for probe in (worker.readiness_probe, worker.liveness_probe, worker.startup_probe)
        if probe and probe.http_get and (port := probe_port(worker, probe.http_get.port))
    ]
    own = worker.variable("HEALTH_CHECK_PORT")
    if own and own.value.isdigit():
        urls.append(f"http://127.0.0.1:{own.value}{target.profile.health_path}")
    return tuple(dict.fromkeys(urls))


def vault_health_urls(target: Target) -> tuple[str, ...]:
    """Vault's own word on its state, needs no token (https://developer.hashicorp.com/vault/api-docs/system/health)."""
    plain = target.vault.concerned and target.vault.address.startswith("http://")
    return (f"{target.vault.address.rstrip('/')}/v1/sys/seal-status",) if plain else ()


def scrape_urls(target: Target) -> tuple[str, ...]:
    """What the pods' annotations ask Prometheus to scrape, as seen from inside the pod."""
    notes = target.template.metadata.annotations
    if notes.get(SCRAPE, "").lower() != "true":
        return ()
    declared = [port.container_port for port in target.container.ports]
    port = notes.get(f"{PROMETHEUS}port") or next(iter(declared), 80)
    return (f"http://127.0.0.1:{port}{notes.get(f'{PROMETHEUS}path') or '/metrics'}",)


def probe_port(container: Container, port: int | str) -> int | None:
    """A probe's port as a number: names stand for ports that the container declares."""
    if isinstance(port, int):
        return port
    return next((each.container_port for each in container.ports if each.name == port), None)


def _sidecar_survey(target: Target, pod: Pod, sidecar: Container) -> Survey:
    return Survey(
        namespace=target.namespace, pod=pod.name, container=sidecar.name, dials=_dials(target), files=_files(target)
    )
