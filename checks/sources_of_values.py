"""Where a variable's value comes from, as far as a template says it: what can be compared, and what cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from diagnose.resources import Container, EnvVar, PodTemplate
from diagnose.target import pod_template
from diagnose.target.target import VaultFacts
from diagnose.text.sentences import cut


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
            return f'"{cut(self.name, 40)}"'
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
