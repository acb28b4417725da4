"""The sources of variables in a pod template: the environment, or files of the Vault agent."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from diagnose.check.api import Code, Context
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Finding, Step
from diagnose.resources import ConfigMap, Container, EnvVar, Pod, PodTemplate
from diagnose.resources.containers import ACCOUNT_TOKEN
from diagnose.target import environment, pod_template
from diagnose.target.environment import Environment
from diagnose.target.pod_template import exports, is_open
from diagnose.target.target import VaultFacts
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate


class ValueSource(StrEnum):
    """The kind of source of a value."""

    LITERAL = "the template"
    SECRET = "Secret"
    CONFIG_MAP = "ConfigMap"
    VAULT = "Vault"
    OTHER = "the pod itself"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A source with the name and key, the path and key, or the literal of the value."""

    source: ValueSource
    name: str = ""
    key: str = ""

    @property
    def label(self) -> str:
        """The origin as a sentence names it."""
        if self.source is ValueSource.LITERAL:
            return f'"{truncate(self.name, 40)}"'
        named = " ".join(part for part in (self.source.value, self.name) if part)
        return f"{named}, key {self.key}" if self.key else named


def environment_of(ctx: Context) -> Environment:
    """Returns the settings of the target's container, with those of ConfigMaps where these may be listed."""
    own = environment.read(ctx.target.template, ctx.target.container)
    if not own.maps:
        return own
    listed = ctx.detail(lambda: ctx.list(ConfigMap, ctx.target.namespace)) or ()
    maps = {each.name: each for each in listed}
    return environment.read(ctx.target.template, ctx.target.container, config_maps=maps)


def origin_of(variable: EnvVar) -> Origin:
    """Returns the origin of an entry of the environment."""
    given = variable.value_from
    if given is None:
        return Origin(source=ValueSource.LITERAL, name=variable.value)
    for source, reference in (
        (ValueSource.SECRET, given.secret_key_ref),
        (ValueSource.CONFIG_MAP, given.config_map_key_ref),
    ):
        if reference:
            return Origin(source=source, name=reference.name, key=reference.key)
    return Origin(source=ValueSource.OTHER)


def exported(vault: VaultFacts) -> Iterator[tuple[str, Origin]]:
    """Yields the variables that files of the Vault agent assign, in the order in which the command reads them."""
    files = {file.destination: file for file in vault.files}
    for path in vault.sourced:
        for each in pod_template.exports(files[path]) if path in files else ():
            yield each.name, Origin(source=ValueSource.VAULT, name=each.path, key=each.key)


def origins(container: Container, vault: VaultFacts, name: str) -> tuple[Origin, ...]:
    """Returns all origins of a variable's value, the effective one last."""
    own = (origin_of(each) for each in container.env if each.name == name)
    return (*own, *(describe_origin for given, describe_origin in exported(vault) if given == name))


def origins_elsewhere(template: PodTemplate, container: Container, name: str, key: str) -> tuple[Origin, ...]:
    """Returns the same of another workload, which may read a key of Vault into a file without naming a variable."""
    found = pod_template.vault(template, container, ())
    named = origins(container, found, name)
    if named or not key:
        return named
    read = (
        Origin(source=ValueSource.VAULT, name=file.path, key=key)
        for file in found.files
        if file.path and (f".{key} " in file.template or f'"{key}"' in file.template or f".{key}}}" in file.template)
    )
    return tuple(read)


ANNOUNCED = "Required Configuration Missing"
_BULLET = lazy(r"•\s+(?P<name>[A-Z][A-Z0-9_]*):")
_SECRET = lazy(r"SECRET|PASSWORD|KEY|TOKEN")
# Kubernetes replaces `$(NAME)` by the value of another variable; `$$(` escapes it.
REFERENCE = "$("
_REFERS = lazy(r"(?<!\$)\$\((?P<name>[A-Za-z_][\w.-]*)\)")
_OF_SERVICE = lazy(r"_SERVICE_(?:HOST|PORT)|_PORT(?:_|\Z)|\AKUBERNETES_")


def reported_missing(log: ContainerLog) -> tuple[str, ...]:
    """Returns the variables that the worker's validation last reported as missing."""
    for entry in reversed(log.entries):
        if ANNOUNCED in entry.text:
            return tuple(dict.fromkeys(found["name"] for found in _BULLET.finditer(entry.text)))
    return ()


MISSES = lazy(
    r"KeyError|not (?:be )?(?:set|found|defined|provided|configured|present|specified)|missing|required|undefined|unset"
    r"|must be|is empty|no such",
    re.IGNORECASE,
)
"""What a program says of a setting that it does not have."""
_VARIABLE = lazy(r"(?<![\w.$/-])(?P<name>[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,10})(?!\w)")
LAST_LINES = 40


def missing_by_log(log: ContainerLog) -> Iterator[tuple[str, str]]:
    """Yields the variables that the end of a program's log says to be missing, each once, with its line."""
    found = dict.fromkeys(reported_missing(log), "")
    for name in found:
        yield name, f"not set: {name}"
    for line in reversed(log.text.lines[-LAST_LINES:]):
        for hit in _VARIABLE.finditer(line.text[:2000]) if MISSES.search(line.text[:2000]) else ():
            if hit["name"] not in found:
                found[hit["name"]] = line.text
                yield hit["name"], line.text


def undelivered(container: Container, vault: VaultFacts, required: Iterable[str]) -> tuple[str, ...]:
    """Returns required variables that neither the environment nor a file delivers; none where that is unknown."""
    if container.env_from:
        return ()
    files = [file for file in vault.files if file.destination in vault.sourced]
    if vault.requested and any(is_open(file) for file in files):
        return ()
    from_files = {each.name for file in files for each in exports(file)}
    return tuple(name for name in required if name not in from_files and not is_delivered(container, name))


def is_delivered(container: Container, name: str) -> bool:
    """Whether the environment has a value or a reference for a variable."""
    variable = container.variable(name)
    return variable is not None and (variable.value_from is not None or bool(variable.value.strip()))


def unresolved(container: Container, variable: EnvVar) -> tuple[str, ...]:
    """Returns the references in a value that are not expanded, because no earlier variable defines them.

    Variables of Services come from the cluster, and those of envFrom are unknown; both are left out.
    """
    if container.env_from or variable.value_from:
        return ()
    before = set()
    for each in container.env:
        if each is variable:
            break
        before.add(each.name)
    found = (hit["name"] for hit in _REFERS.finditer(variable.value))
    return tuple(name for name in found if name not in before and not _OF_SERVICE.search(name))


def delivery_summary(ctx: Context) -> str:
    """Returns the numbers of required variables by the way in which they are delivered."""
    target = ctx.target
    own = [target.container.variable(name) for name in target.profile.required_variables]
    literal = sum(1 for each in own if each and not each.value_from and each.value.strip())
    referred = sum(1 for each in own if each and each.value_from)
    files = [file for file in target.vault.files if file.destination in target.vault.sourced]
    read = {each.name for file in files for each in exports(file)} & set(target.profile.required_variables)
    return f"{literal} required values in the template, {referred} by reference, {len(read)} from a file of Vault"


def missing_variables(ctx: Context) -> tuple[str, ...]:
    """Returns variables that the template does not deliver, unless a start has succeeded without them."""
    target, required = ctx.target, ctx.target.profile.required_variables
    names = undelivered(target.container, target.vault, required)
    passed = {pod.name for pod in target.ready_pods}
    configured = next((pattern for step, pattern in target.profile.step_patterns if step.id == "configured"), None)
    if names and configured:
        logs = [log for log in ctx.logs() if log.writer is Writer.WORKER]
        passed |= {log.pod for log in logs if any(configured.search(line.text) for line in log.text.lines)}
    # A pod with the same template that passed this step gets the variables from elsewhere.
    containers = [target.worker_container(pod) for pod in target.pods if pod.name in passed]
    proven = any(set(names) <= set(undelivered(each, target.vault, required)) for each in containers)
    return () if proven else names


def mounts_files(ctx: Context, pod: Pod) -> bool:
    """Whether the worker's container mounts a volume that may have files, other than the token of its account."""
    empty = {volume.name for volume in pod.spec.volumes if volume.empty_dir}
    mounts = ctx.target.worker_container(pod).volume_mounts
    return any(each.name not in empty and each.mount_path != ACCOUNT_TOKEN for each in mounts)


def describe_origin(container: Container, vault: VaultFacts, name: str) -> str:
    """Returns, as text, where a variable that is not set should come from."""
    variable = container.variable(name)
    if variable is not None:
        reference = variable.value_from
        key = (reference.secret_key_ref or reference.config_map_key_ref) if reference else None
        return f"comes empty from {key.name}, key {key.key}" if key else "is empty in the pod template"
    for file in vault.files:
        if any(each.name == name for each in exports(file)):
            read = "" if file.destination in vault.sourced else ", which the command does not read"
            return f"should come from {file.destination}{read}"
    return "no environment entry" + (" and no Vault template sets it" if vault.requested else " sets it")


def set_step(ctx: Context, name: str) -> Step:
    """Returns the step that sets a variable, from a Secret where its name indicates one."""
    owner, container = ctx.owner, ctx.target.container.name
    is_secret = _SECRET.search(name)
    command = owner.take_env(name, container) if is_secret else owner.set_env(f"{name}=NEW_VALUE", container=container)
    return Step(f"Set {name}, also in the release's values.", command, changes=ctx.deployment)


def list_step(ctx: Context) -> Step:
    """Returns the step that lists the sources of variables."""
    return Step("List the sources of the variables.", ctx.owner.list_env())


def variable_finding(
    ctx: Context, code: Code, names: tuple[str, ...], summary: str, text: str, *steps: Step
) -> Finding:
    """Returns a finding about variables of the pod template, with a text about them as its evidence."""
    return code.finding(
        summary,
        *steps,
        pods=ctx.target.pods_with_same(*names),
        subjects=tuple(f"variable/{name}" for name in names),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", text),),
    )
