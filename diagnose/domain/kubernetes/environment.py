"""Where the worker's required variables come from: the environment, a file of the Vault agent, or nowhere.

Where a variable's value comes from, as far as a template says it: what can be compared, and what cannot.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from diagnose.check.api import Context
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.model.report import Step
from diagnose.resources import Container, EnvVar, PodTemplate
from diagnose.target import pod_template
from diagnose.target.pod_template import exports, is_open
from diagnose.target.target import VaultFacts
from diagnose.text.sentences import truncate


class Place(StrEnum):
    """What kind of place a value comes from."""

    LITERAL = "the template"
    SECRET = "Secret"
    CONFIG_MAP = "ConfigMap"
    VAULT = "Vault"
    OTHER = "the pod itself"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A place, and what there is the value: a name and key, a path and key, or the literal."""

    place: Place
    name: str = ""
    key: str = ""

    @property
    def told(self) -> str:
        """The place in words."""
        if self.place is Place.LITERAL:
            return f'"{truncate(self.name, 40)}"'
        named = " ".join(part for part in (self.place.value, self.name) if part)
        return f"{named}, key {self.key}" if self.key else named


def origin_of(variable: EnvVar) -> Origin:
    """Where an entry of the environment takes its value from."""
    source = variable.value_from
    if source is None:
        return Origin(place=Place.LITERAL, name=variable.value)
    for place, reference in ((Place.SECRET, source.secret_key_ref), (Place.CONFIG_MAP, source.config_map_key_ref)):
        if reference:
            return Origin(place=place, name=reference.name, key=reference.key)
    return Origin(place=Place.OTHER)


def exported(vault: VaultFacts, *, sourced: bool = True) -> Iterator[tuple[str, Origin]]:
    """The variables that files of the Vault agent assign, in the order in which the command reads them."""
    files = {file.destination: file for file in vault.files}
    order = [path for path in vault.sourced if path in files] if sourced else list(files)
    for path in order:
        for each in pod_template.exports(files[path]):
            yield each.name, Origin(place=Place.VAULT, name=each.path, key=each.key)


def origins(container: Container, vault: VaultFacts, name: str) -> tuple[Origin, ...]:
    """All places that give the variable a value, the one that counts last."""
    own = (origin_of(each) for each in container.env if each.name == name)
    return (*own, *(origin for given, origin in exported(vault) if given == name))


def origins_elsewhere(template: PodTemplate, container: Container, name: str, key: str) -> tuple[Origin, ...]:
    """The same of another workload, which may read a key of Vault into a file without naming a variable."""
    found = pod_template.vault(template, container, ())
    named = origins(container, found, name)
    if named or not key:
        return named
    read = (
        Origin(place=Place.VAULT, name=file.path, key=key)
        for file in found.files
        if file.path and (f".{key} " in file.template or f'"{key}"' in file.template or f".{key}}}" in file.template)
    )
    return tuple(read)


ANNOUNCED = "Required Configuration Missing"
_BULLET = re.compile(r"•\s+(?P<name>[A-Z][A-Z0-9_]*):")
_SECRET = re.compile(r"SECRET|PASSWORD|KEY|TOKEN")
# What Kubernetes puts the value of another variable in place of; `$$(` is how one writes it as text.
REFERENCE = "$("
_REFERS = re.compile(r"(?<!\$)\$\((?P<name>[A-Za-z_][\w.-]*)\)")
_OF_SERVICE = re.compile(r"_SERVICE_(?:HOST|PORT)|_PORT(?:_|\Z)|\AKUBERNETES_")


def named_in(log: ContainerLog) -> tuple[str, ...]:
    """The variables that the worker's validation says are not set, as of the last time."""
    for entry in reversed(log.entries):
        if ANNOUNCED in entry.text:
            return tuple(dict.fromkeys(found["name"] for found in _BULLET.finditer(entry.text)))
    return ()


def undelivered(container: Container, vault: VaultFacts, required: Iterable[str]) -> tuple[str, ...]:
    """Required variables for which neither the environment nor a file has a place; none where that cannot be told."""
    if container.env_from:
        return ()
    files = [file for file in vault.files if file.destination in vault.sourced]
    if vault.requested and any(is_open(file) for file in files):
        return ()
    from_files = {each.name for file in files for each in exports(file)}
    return tuple(name for name in required if name not in from_files and not is_delivered(container, name))


def is_delivered(container: Container, name: str) -> bool:
    """Whether the environment has a value for it, or a reference to one."""
    variable = container.variable(name)
    return variable is not None and (variable.value_from is not None or bool(variable.value.strip()))


def unresolved(container: Container, variable: EnvVar) -> tuple[str, ...]:
    """The names that a value refers to and that stay as they are: nothing before it defines them.

    Names of Services are given by the cluster, and those of envFrom are not known; of both nothing is said.
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


def by_place(ctx: Context) -> str:
    """How the required variables are delivered, in numbers: what the template says, and what only a pod will see."""
    target = ctx.target
    own = [target.container.variable(name) for name in target.profile.required_variables]
    literal = sum(1 for each in own if each and not each.value_from and each.value.strip())
    referred = sum(1 for each in own if each and each.value_from)
    files = [file for file in target.vault.files if file.destination in target.vault.sourced]
    read = {each.name for file in files for each in exports(file)} & set(target.profile.required_variables)
    return f"{literal} required values in the template, {referred} by reference, {len(read)} from a file of Vault"


def nowhere(ctx: Context) -> tuple[str, ...]:
    """Variables that the template does not deliver, where no start has shown that it needs no more."""
    target, required = ctx.target, ctx.target.profile.required_variables
    names = undelivered(target.container, target.vault, required)
    passed = {pod.name for pod in target.ready_pods}
    configured = next((pattern for step, pattern in target.profile.step_patterns if step.id == "configured"), None)
    if names and configured:
        logs = [log for log in ctx.run_data.logs() if log.writer is Writer.WORKER]
        passed |= {log.pod for log in logs if any(configured.search(line.text) for line in log.text.lines)}
    # A start that got past this question, with no more than the template has, had the rest from elsewhere.
    containers = [target.worker_container(pod) for pod in target.pods if pod.name in passed]
    proven = any(set(names) <= set(undelivered(each, target.vault, required)) for each in containers)
    return () if proven else names


def origin(container: Container, vault: VaultFacts, name: str) -> str:
    """Where a variable that is not set should come from, in words."""
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


def setting(ctx: Context, name: str) -> Step:
    """The step that sets a variable, from a Secret where its name says that it is one."""
    owner, container = ctx.owner, ctx.target.container.name
    is_secret = _SECRET.search(name)
    command = owner.take_env(name, container) if is_secret else owner.set_env(f"{name}=NEW_VALUE", container=container)
    return Step(
        text=f"Set {name}, and put it into the release's values, too.",
        command=command,
        changes=f"deployment {ctx.target.namespace}/{ctx.names['workload']}",
    )


def listing(ctx: Context) -> Step:
    """The step that shows where variables come from."""
    return Step(text="See where the variables come from.", command=ctx.owner.list_env())
