"""The exec surveys of a run: in which pods, and what they inspect there."""

from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlsplit

from diagnose.queries.exec_survey.survey import Dial, ExecSurvey, LoginAs
from diagnose.resources import Container, Pod
from diagnose.target.facts import DatabaseFacts
from diagnose.target.pod_template import AGENT, exports
from diagnose.target.probe_facts import scrape
from diagnose.target.samples import sampled
from diagnose.target.target import Target

SURVEYED_PODS = 5


def planned_surveys(target: Target, named: tuple[Dial, ...] = ()) -> Iterable[tuple[Pod, ExecSurvey]]:
    """Returns pods with their surveys, current ones first; in the Vault agent where the worker is down.

    Of pods that fail alike it is a few. Each also tries to connect to what the target's settings name.
    """
    current = {pod.name for pod in target.current_pods}
    failing = {id(pod) for pod in sampled((pod for pod in target.pods if not pod.ready), current)}
    chosen = (pod for pod in target.pods if pod.ready or id(pod) in failing)
    pods = sorted(chosen, key=lambda pod: (pod.name not in current, not pod.ready, pod.name))
    return islice(filter(None, (_survey(target, pod, named) for pod in pods)), SURVEYED_PODS)


def _survey(target: Target, pod: Pod, named: tuple[Dial, ...]) -> tuple[Pod, ExecSurvey] | None:
    worker = target.worker_container(pod)
    if _runs(pod, worker):
        return pod, _worker_survey(target, pod, worker, named)
    sidecar = next((each for each in pod.spec.running_containers if each.name.startswith(AGENT)), None)
    if sidecar is None or not _runs(pod, sidecar):
        return None
    return pod, ExecSurvey(
        namespace=target.namespace,
        pod=pod.name,
        container=sidecar.name,
        dials=dials(target),
        files=_files(target),
        named=named,
    )


def _runs(pod: Pod, container: Container) -> bool:
    status = pod.container_status(container.name)
    return status is not None and status.state.running is not None


def dials(target: Target) -> tuple[Dial, ...]:
    """Returns the hosts and ports of the known dependencies."""
    found: list[Dial] = []
    if target.database:
        logins = target.database.logins.values()
        found += [Dial(host=each.host, port=each.port, postgres=True) for each in logins]
    if target.temporal:
        found.append(Dial(host=target.temporal.host, port=target.temporal.port))
    if target.vault.used and (vault := vault_endpoint(target.vault.address)):
        found.append(Dial(host=vault[0], port=vault[1]))
    return tuple(dict.fromkeys(found))


def vault_endpoint(address: str) -> tuple[str, int] | None:
    """Returns host and port of Vault's address, None without a valid one."""
    parts = urlsplit(address)
    try:
        return (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)) if parts.hostname else None
    except ValueError:
        return None


def _files(target: Target) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(file.destination for file in target.vault.files), *target.vault.sourced)))


def _worker_survey(target: Target, pod: Pod, worker: Container, named: tuple[Dial, ...]) -> ExecSurvey:
    return ExecSurvey(
        namespace=target.namespace,
        pod=pod.name,
        container=worker.name,
        dials=dials(target),
        files=_files(target),
        variables=target.profile.required_variables,
        urls=(*health_urls(target, worker), *vault_health_urls(target), *scrape_urls(target)),
        logins=_logins(target.database) if target.database else (),
        tables=target.profile.tables,
        role=target.database.user if target.database else "",
        folders=target.profile.migrations.folders,
        judged=_inspected_variables(target, worker),
        named=named,
        handshakes=_handshakes(target),
    )


def _handshakes(target: Target) -> tuple[Dial, ...]:
    """Returns the servers of which TLS is not ruled out, so that what they show of themselves is known."""
    temporal = target.temporal
    if temporal is None or temporal.tls.enabled is False or target.profile.plain_client:
        return ()
    return (Dial(host=temporal.host, port=temporal.port),)


def _logins(database: DatabaseFacts) -> tuple[LoginAs, ...]:
    """Returns the logins that the settings name; none is tried with a user or a database that they do not."""
    return tuple(_login(purpose, login) for purpose, login in database.logins.items() if login.may_log_in)


def _login(purpose: str, login: DatabaseFacts) -> LoginAs:
    variables = login.variables
    return LoginAs(
        purpose=purpose,
        host=login.host,
        port=login.port,
        database=login.name,
        user=login.user,
        password_variables=(variables.password,),
        user_variable="" if login.user else variables.user,
        url_variable=variables.url,
    )


def _inspected_variables(target: Target, worker: Container) -> tuple[str, ...]:
    """Returns the variables whose values are not in the template but only in the process."""
    referred = (each.name for each in worker.env if each.value_from)
    from_files = (each.name for file in target.vault.files for each in exports(file))
    return tuple(dict.fromkeys((*target.profile.required_variables, *referred, *from_files)))


def health_urls(target: Target, worker: Container) -> tuple[str, ...]:
    """Returns the URLs of the probes, as reached from inside the pod."""
    urls = [
        f"http://127.0.0.1:{port}{probe.http_get.path}"
        for probe in (worker.readiness_probe, worker.liveness_probe, worker.startup_probe)
        if probe and probe.http_get and (port := probe_port(worker, probe.http_get.port))
    ]
    health_port = worker.variable(target.profile.health_port) if target.profile.health_port else None
    if health_port and health_port.value.isdigit():
        urls.append(f"http://127.0.0.1:{health_port.value}{target.profile.health_path}")
    return tuple(dict.fromkeys(urls))


def vault_health_urls(target: Target) -> tuple[str, ...]:
    """Returns the URL of Vault's seal status, which needs no token (https://developer.hashicorp.com/vault/api-docs/system/seal-status)."""
    plain = target.vault.used and target.vault.address.startswith("http://")
    return (f"{target.vault.address.rstrip('/')}/v1/sys/seal-status",) if plain else ()


def scrape_urls(target: Target) -> tuple[str, ...]:
    """Returns the URL that the pods' annotations tell Prometheus to scrape, as reached from inside the pod."""
    found = scrape(target.template, target.container)
    return (f"http://127.0.0.1:{found['port'].value or 80}{found['path'].value}",) if found else ()


def probe_port(container: Container, port: int | str) -> int | None:
    """Returns a probe's port as a number; names refer to ports that the container declares, else a number is read."""
    if isinstance(port, int):
        return port
    named = (each.container_port for each in container.ports if each.name == port)
    return next(named, int(port) if port.isascii() and port.isdigit() else None)
