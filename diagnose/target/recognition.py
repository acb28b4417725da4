"""Whether a workload is a Temporal worker, a client of Temporal, or neither, by what it is set to and called."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from diagnose.resources import ConfigMap, Container, Meta, PodTemplate, image_reference
from diagnose.target import environment, temporal_facts
from diagnose.target.environment import Environment
from diagnose.target.naming import temporal_part, tokens
from diagnose.text.patterns import lazy
from diagnose.text.sentences import listed

_WORKER = frozenset({"WORKER", "WORKERS"})
_CLIENT = frozenset({
    "API", "SERVER", "WEB", "WEBAPP", "FRONTEND", "GATEWAY", "UI", "DASHBOARD", "STARTER", "CLIENT", "BFF", "HTTP",
    "PORTAL", "WEBHOOK", "WEBHOOKS", "INGEST", "BACKEND",
})  # fmt: skip
_VERSIONED = ("temporal.io/deployment-name", "temporal.io/build-id")
_VERSION_VARIABLES = ("TEMPORAL_DEPLOYMENT_NAME", "TEMPORAL_WORKER_BUILD_ID")
# Temporal's own programs, which have its settings, too: https://hub.docker.com/u/temporalio
_OWN_ORGANISATION = "temporalio"
_OWN_PROGRAMS = frozenset(
    {
        "temporal-ui",
        "temporal-server",
        "temporal-admin-tools",
        "temporal-auto-setup",
        "temporal-web",
        "temporal-worker-controller",
        "temporal-operator",
    }
)
_OWN_SERVICES = frozenset({"frontend", "history", "matching", "worker", "internal-frontend"})
_FALSE = frozenset({"", "0", "false", "no", "off"})
_WORD = lazy(r"[A-Za-z][\w.:-]*")


class Role(StrEnum):
    """What a workload is to Temporal."""

    WORKER = "worker"
    CLIENT = "client"
    UNCLEAR = "worker or client"
    NEITHER = "neither"


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """What a workload is to Temporal, and why.

    Attributes:
        container: the container that speaks to Temporal, "" where none is known to.
        maps: whether a ConfigMap that was not read may say more.
    """

    role: Role
    reason: str
    container: str = ""
    maps: bool = False


def recognize(template: PodTemplate, meta: Meta, config_maps: Mapping[str, ConfigMap] | None = None) -> Recognition:
    """Returns what a workload is to Temporal.

    Args:
        template: its pod.
        meta: its own name and labels.
        config_maps: the ConfigMaps of the namespace by name, None where they were not read.
    """
    every = [(each, environment.read(template, each, config_maps=config_maps)) for each in template.spec.containers]
    found = [(each, settings) for each, settings in every if not _is_own(each, settings)]
    if every and not found:
        return Recognition(role=Role.NEITHER, reason=f"image {every[0][0].image} is one of Temporal itself")
    maps = any(settings.maps for _, settings in found)
    named = next(((each, settings) for each, settings in found if temporal_facts.is_named(settings)), None)
    if named is None:
        return _by_hints(template, meta, found, maps)
    container, settings = named
    setting = next(each for layer in settings.layers for each in layer if temporal_part(each.name))
    role, why = _role(template, meta, container, settings)
    return Recognition(role=role, reason=f"{setting.source} names Temporal; {why}", container=container.name, maps=maps)


def _is_own(container: Container, settings: Environment) -> bool:
    """Whether the container runs a program of Temporal itself: the server, its UI, its tools."""
    reference = image_reference.parse(container.image)
    services = {each.strip() for each in settings.text("SERVICES").split(",")}
    return (
        _OWN_ORGANISATION in reference.name.split("/")
        or reference.program in _OWN_PROGRAMS
        or bool(services & _OWN_SERVICES)
    )


def _by_hints(template: PodTemplate, meta: Meta, found: list[tuple[Container, Environment]], maps: bool) -> Recognition:
    """Returns the role of a workload none of whose settings names Temporal."""
    for container, settings in found:
        hints = [(each, set(tokens(each))) for each in _hints(template, meta, container)]
        both = next((each for each, parts in hints if "TEMPORAL" in parts and _WORKER & parts), "")
        hint = both or next((each for each, parts in hints if "TEMPORAL" in parts), "")
        worker = both or next((each for each, parts in hints if _WORKER & parts), "")
        if version := _versioned(template, settings):
            reason = f"{version} makes it a version of a worker"
            return Recognition(role=Role.WORKER, reason=reason, container=container.name, maps=maps)
        if hint and worker and (settings.unread or both):
            may = f", and {listed(settings.unread)} may name Temporal" if settings.unread else ""
            reason = f'"{hint}" says so{may}' if both else f'"{hint}" and "{worker}" say so{may}'
            # Labels say nothing of which container it is.
            return Recognition(role=Role.WORKER, reason=reason, maps=maps)
    return Recognition(role=Role.NEITHER, reason="no setting names Temporal", maps=maps)


def _versioned(template: PodTemplate, settings: Environment) -> str:
    """Returns what says that it is a version of a WorkerDeployment, "" without such."""
    label = next((each for each in _VERSIONED if each in template.metadata.labels), "")
    return label or next((each for each in _VERSION_VARIABLES if each in settings.variables), "")


def _role(template: PodTemplate, meta: Meta, container: Container, settings: Environment) -> tuple[Role, str]:
    """Returns whether a program that speaks to Temporal is a worker, and why."""
    if version := _versioned(template, settings):
        return Role.WORKER, f"{version} makes it a version of a worker"
    switch = next(
        (each for each in settings.variables.values() if _WORKER & set(tokens(each.name)) and _is_switch(each.name)),
        None,
    )
    if switch and switch.is_known:
        on = switch.text.lower() not in _FALSE
        return (Role.WORKER if on else Role.CLIENT), f"{switch.source} is {switch.text}"
    hints = list(_hints(template, meta, container))
    if worker := next((each for each in hints if _WORKER & set(tokens(each))), ""):
        return Role.WORKER, f'"{worker}" says that it is a worker'
    if client := next((each for each in hints if _CLIENT & set(tokens(each))), ""):
        return Role.CLIENT, f'"{client}" says that it is no worker'
    return Role.UNCLEAR, "nothing says whether it is a worker or a client that starts workflows"


def _is_switch(name: str) -> bool:
    """Whether a variable switches the worker on: WORKER, ENABLE_WORKER, WORKER_ENABLED, RUN_TEMPORAL_WORKER."""
    rest = set(tokens(name)) - _WORKER - {"TEMPORAL", "ENABLE", "ENABLED", "RUN", "START", "IS"}
    return not rest


def _hints(template: PodTemplate, meta: Meta, container: Container) -> Iterator[str]:
    """Yields what the workload is called: names, the values of labels, its program, the words of its command."""
    labels = template.metadata.labels
    yield meta.name
    yield container.name
    yield image_reference.parse(container.image).program
    yield from (
        value for key, value in labels.items() if key.rpartition("/")[2] in {"component", "name", "app", "role"}
    )
    yield from _command(container)
    yield from (each.secret.secret_name for each in template.spec.volumes if each.secret)


def _command(container: Container) -> Iterable[str]:
    words = " ".join((*container.command, *container.args))[: environment.LONGEST_SCRIPT]
    return _WORD.findall(words)
