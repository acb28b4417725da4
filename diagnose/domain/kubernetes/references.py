"""Missing Secrets and ConfigMaps: parsed from the kubelet's messages, with codes and steps."""

import re
from collections.abc import Sequence

import msgspec

from diagnose.check.api import Code
from diagnose.commands import kubectl
from diagnose.model.report import Step
from diagnose.resources import Container, EnvVar, KeyRef, Volume
from diagnose.text.patterns import lazy
from diagnose.text.sentences import listed

NO_SECRET = Code(
    id="secrets.secret-not-found",
    meaning="A container takes a variable or a volume from a Secret that the namespace does not have, so the kubelet "
    "does not start it.",
    fix="Create the Secret, or correct its name where it is referred to.",
)
NO_KEY = Code(
    id="secrets.key-not-found",
    meaning="A container takes a variable or a file from a key that its Secret does not have, so the kubelet does not "
    "start it.",
    fix="Add the key to the Secret, or correct its name where it is referred to.",
)
NO_MAP = Code(
    id="secrets.configmap-not-found",
    meaning="A container takes a variable or a volume from a ConfigMap that the namespace does not have, so the "
    "kubelet does not start it.",
    fix="Create the ConfigMap, or correct its name where it is referred to.",
)
NO_MAP_KEY = Code(
    id="secrets.configmap-key-not-found",
    meaning="A container takes a variable or a file from a key that its ConfigMap does not have, so the kubelet does "
    "not start it.",
    fix="Add the key to the ConfigMap, or correct its name where it is referred to.",
)
CODES = (NO_SECRET, NO_KEY, NO_MAP, NO_MAP_KEY)


class MissingReference(msgspec.Struct, frozen=True, kw_only=True):
    """A missing Secret or ConfigMap of a container, or a missing key of one."""

    kind: str
    name: str
    key: str = ""

    @property
    def code(self) -> Code:
        """The code of the missing object or key."""
        if self.kind == "Secret":
            return NO_KEY if self.key else NO_SECRET
        return NO_MAP_KEY if self.key else NO_MAP

    @property
    def resource(self) -> str:
        """The kind as kubectl accepts it."""
        return self.kind.lower()


_KINDS = {"secret": "Secret", "configmap": "ConfigMap"}
_OBJECT = lazy(r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found', re.IGNORECASE)
_KEY = lazy(
    r"couldn't find key (?P<key>\S+) in (?P<kind>Secret|ConfigMap) (?:[^/\s]+/)?(?P<name>[^\s:]+)", re.IGNORECASE
)
_VOLUME_KEY = lazy(
    r'volume "(?P<volume>[^"]+)" : .*references non-existent (?:config|secret) key: (?P<key>\S+)', re.DOTALL
)


def missing_in(message: str, volumes: tuple[Volume, ...] = ()) -> MissingReference | None:
    """Parses the missing object from a message of the kubelet, None for other messages.

    For a missing key of a volume, the message names only the volume, not its Secret or ConfigMap.
    """
    if found := _VOLUME_KEY.search(message):
        volume = next((each for each in volumes if each.name == found["volume"]), None)
        if volume and volume.config_map:
            return MissingReference(kind="ConfigMap", name=volume.config_map.name, key=found["key"])
        if volume and volume.secret:
            return MissingReference(kind="Secret", name=volume.secret.secret_name, key=found["key"])
        return None
    found = _KEY.search(message) or _OBJECT.search(message)
    if found is None:
        return None
    key = found.groupdict().get("key", "")
    return MissingReference(kind=_KINDS[found["kind"].lower()], name=found["name"], key=key)


def variables(missing: MissingReference, container: Container) -> tuple[str, ...]:
    """Returns the names of the container's variables that need it."""
    references = ((each.name, _reference(each, missing.kind)) for each in container.env)
    return tuple(
        name for name, each in references if each and each.name == missing.name and missing.key in {"", each.key}
    )


def needed_by(names: Sequence[str]) -> str:
    """Returns which variables need an object, as the detail of a sentence."""
    return f"needed by {listed(names, 2)}" if names else ""


def _reference(variable: EnvVar, kind: str) -> KeyRef | None:
    source = variable.value_from
    if source is None:
        return None
    return source.secret_key_ref if kind == "Secret" else source.config_map_key_ref


def fix_step(missing: MissingReference, namespace: str, container: Container) -> Step:
    """Returns the step that creates it, with all keys that the container needs."""
    changes = f"{missing.kind} {namespace}/{missing.name}"
    if missing.key:
        change = {"data": {missing.key: "NEW_VALUE"}}
        command = kubectl.patch(missing.resource, missing.name, change, namespace=namespace)
        if missing.kind == "Secret":
            command = kubectl.set_secret_key(missing.name, missing.key, namespace=namespace)
        return Step("Add the key.", command, changes=changes)
    references = (_reference(each, missing.kind) for each in container.env)
    keys = dict.fromkeys(each.key for each in references if each and each.name == missing.name)
    values = (f"--from-literal={key}=NEW_VALUE" for key in keys)
    command = kubectl.create(missing.resource, missing.name, *values, namespace=namespace)
    if missing.kind == "Secret":
        command = kubectl.create_secret(missing.name, tuple(keys), namespace=namespace)
        lines = f", with a line KEY=value for each of {', '.join(keys) or 'its keys'}" if len(keys) != 1 else ""
        return Step(f"Create it{lines}, or correct its name in the Deployment.", command, changes=changes)
    return Step("Create it, or correct its name in the Deployment.", command, changes=changes)
