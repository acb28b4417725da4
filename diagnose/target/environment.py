"""The settings that a program gets: variables, arguments, files of ConfigMaps; of each its text and where it was read.

A value that is not readable is kept as a mark in the text, so that a URL with a user from a Secret still has its host.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from diagnose.resources import ConfigMap, Container, EnvFrom, EnvVar, KeyRef, PodTemplate, VolumeMount
from diagnose.target.setting_files import flattened, of_profile
from diagnose.text.patterns import lazy
from diagnose.text.redaction import MASK

# Characters for private use; each stands for a value that is not read.
_MARKS = range(0xE000, 0xF8FF)
_MARK = lazy("[\ue000-\uf8ff]")
_REFERENCE = lazy(r"\$\$|\$\((?P<name>[A-Za-z_][\w.-]*)\)")
_SHELL = lazy(r"\$(?:\{(?P<braced>\w+)(?::?-(?P<default>[^}]{0,200}))?\}|(?P<name>[A-Za-z_]\w*))")
_PLACEHOLDER = lazy(r"\$\{(?P<name>[\w.]+)(?::-?(?P<default>[^{}]{0,200}))?\}")
_ASSIGNMENT = lazy(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_FLAG = lazy(r"-{1,2}(?P<name>[A-Za-z][\w.-]*)(?:=(?P<value>.*))?", re.DOTALL)
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_SERVICE = lazy(r"_SERVICE_(?:HOST|PORT)|_PORT(?:_|\Z)")
LONGEST_SCRIPT = 20_000
LONGEST_VALUE = 128 << 10
"""The longest text that Linux passes to a process; a reference that would make one longer is not followed."""
CONFIG_FILE = "TEMPORAL_CONFIG_FILE"
"""The variable with the path of the SDK's own configuration."""


def config_map_of(source: str) -> str:
    """Returns the ConfigMap of a source, "" for another one."""
    return source.partition(" of ConfigMap ")[2]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of the program.

    Attributes:
        name: the name of the variable, the argument or the key, as it is written.
        text: the value; marks stand for what is not read.
        source: where it was read.
        variable: the variable of the container, "" for another setting.
        unread: what the marks stand for, in order: "key host of Secret app".
    """

    name: str
    text: str
    source: str
    variable: str = ""
    unread: tuple[str, ...] = ()

    @property
    def config_map(self) -> str:
        """The name of the ConfigMap that it is from, "" where it is from elsewhere."""
        return config_map_of(self.source)

    @property
    def is_known(self) -> bool:
        """Whether the whole value is known."""
        return not self.unread and MASK not in self.text

    def reference(self, text: str) -> str:
        """Returns what a part of the value refers to, "" where all of it is known."""
        marks = [ord(mark) - _MARKS.start for mark in _MARK.findall(text)]
        return next((self.unread[at] for at in marks if at < len(self.unread)), "")


class Environment(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All settings of a container.

    Attributes:
        variables: by name, as the process gets them.
        arguments: those of command and arguments.
        files: those of files that are mounted from ConfigMaps, by path.
        unread_variables: what may set further variables and is not read, such as "Secret app, by envFrom".
        unread_files: ConfigMaps with further files that are not read.
        maps: whether one of them is a ConfigMap that was not read yet.
    """

    container: str
    variables: dict[str, Setting]
    arguments: tuple[Setting, ...]
    files: tuple[Setting, ...]
    unread_variables: tuple[str, ...]
    unread_files: tuple[str, ...]
    maps: bool

    @property
    def unread(self) -> tuple[str, ...]:
        """All that may have further settings and is not read."""
        return (*self.unread_variables, *self.unread_files)

    @cached_property
    def layers(self) -> tuple[tuple[Setting, ...], ...]:
        """The settings by precedence: arguments, variables, files."""
        return self.arguments, tuple(self.variables.values()), self.files

    def text(self, name: str) -> str:
        """Returns the known value of a variable, "" without one."""
        found = self.variables.get(name)
        return found.text if found and found.is_known else ""


def read(
    template: PodTemplate,
    container: Container,
    exported: Iterable[tuple[str, str]] = (),
    config_maps: Mapping[str, ConfigMap] | None = None,
    open_files: tuple[str, ...] = (),
) -> Environment:
    """Returns the settings of a container.

    Args:
        template: the pod.
        container: the container.
        exported: variables that files of the Vault agent set, with what they refer to.
        config_maps: the ConfigMaps of the namespace by name, None where they were not read.
        open_files: files that the command reads and whose variables are not known.
    """
    reader = _Reader(container, config_maps)
    for each in container.env_from:
        reader.take_all(each)
    for variable in container.env:
        reader.take(variable)
    for name, reference in exported:
        reader.refer(name, reference)
    files = tuple(reader.mounted(template))
    return Environment(
        container=container.name,
        variables=reader.variables,
        arguments=tuple(reader.arguments()),
        files=files,
        unread_variables=(*reader.unread, *open_files),
        unread_files=tuple(reader.unread_files),
        maps=reader.maps,
    )


class _Reader:
    """Reads the settings of one container, in the order in which the kubelet does."""

    def __init__(self, container: Container, config_maps: Mapping[str, ConfigMap] | None) -> None:
        self.container, self.config_maps = container, config_maps
        self.variables: dict[str, Setting] = {}
        self.unread: list[str] = []
        self.unread_files: list[str] = []
        self.maps = False

    def _variable(self, name: str, text: str, source: str = "", unread: tuple[str, ...] = ()) -> None:
        where = source or f"variable {name} of container {self.container.name}"
        self.variables[name] = Setting(name=name, text=text, source=where, variable=name, unread=unread)

    def refer(self, name: str, reference: str) -> None:
        """Takes a variable whose value is not read."""
        self._variable(name, chr(_MARKS.start), unread=(reference,))

    def _of_map(self, name: str, optional: bool) -> ConfigMap | None:
        """Returns a ConfigMap, an empty one where it is optional and does not exist, None where it is not read."""
        if self.config_maps is None:
            self.maps = True
            return None
        return self.config_maps.get(name) or (ConfigMap() if optional else None)

    def take_all(self, given: EnvFrom) -> None:
        """Takes the variables of an envFrom."""
        if given.secret_ref:
            self.unread.append(f"Secret {given.secret_ref.name}, by envFrom")
        if not given.config_map_ref:
            return
        name = given.config_map_ref.name
        found = self._of_map(name, given.config_map_ref.optional)
        if found is None:
            self.unread.append(f"ConfigMap {name}, by envFrom")
            return
        for key, text in found.data.items():
            variable = f"{given.prefix}{key}"
            self._variable(variable, text, f"variable {variable}, key {key} of ConfigMap {name}")

    def take(self, variable: EnvVar) -> None:
        """Takes one entry of the environment."""
        name, given = variable.name, variable.value_from
        if given is None:
            text, unread = self._expanded(variable.value.strip(), keeps=True)
            self._variable(name, text, unread=unread)
        elif given.secret_key_ref:
            self.refer(name, f"key {given.secret_key_ref.key} of Secret {given.secret_key_ref.name}")
        elif reference := given.config_map_key_ref:
            found = self._of_map(reference.name, reference.optional)
            where = f"key {reference.key} of ConfigMap {reference.name}"
            if found is None or (reference.key not in found.data and not reference.optional):
                self.refer(name, where)
            elif reference.key in found.data:
                self._variable(name, found.data[reference.key].strip(), f"variable {name}, {where}")
        else:
            self.refer(name, "the pod itself")

    def _expanded(
        self, text: str, pattern: re.Pattern[str] = _REFERENCE, *, keeps: bool = False
    ) -> tuple[str, tuple[str, ...]]:
        """Returns a text with its references to variables replaced, and what its marks stand for.

        Args:
            text: the text.
            pattern: what a reference is.
            keeps: whether a reference to a variable that does not exist stays as it is, as in the environment.
        """
        unread: list[str] = []
        left = LONGEST_VALUE

        def value(hit: re.Match[str]) -> str:
            nonlocal left
            groups = hit.groupdict()
            name = groups["name"] or groups.get("braced")
            if name is None:
                return "$"
            found = self.variables.get(name)
            if found and len(found.text) <= left:
                left -= len(found.text)
                return _joined(found, unread)
            if found is None and not self.unread:
                if (default := groups.get("default")) is not None:
                    return default
                if keeps and not _SERVICE.search(name):
                    return hit[0]
            unread.append(f"variable {name}")
            return chr(_MARKS.start + len(unread) - 1)

        return pattern.sub(value, text), tuple(unread)

    def arguments(self) -> Iterator[Setting]:
        """Yields the arguments with a value, and the assignments of a shell's command line."""
        words = [*self.container.command, *self.container.args]
        shell = bool(words) and words[0].rpartition("/")[2] in _SHELLS
        pattern, parts = (_SHELL, _split_script(words[1:])) if shell else (_REFERENCE, words)
        for at, word in enumerate(parts):
            if shell and (found := _ASSIGNMENT.fullmatch(word)):
                yield self._argument(
                    found["name"], found["value"], f"command of container {self.container.name}", pattern
                )
            elif found := _FLAG.fullmatch(word):
                following = parts[at + 1] if at + 1 < len(parts) and not parts[at + 1].startswith("-") else ""
                text = following if found["value"] is None else found["value"]
                if not text:
                    continue
                name = found["name"]
                if name.startswith("D") and "." in name:
                    name = name[1:]
                source = f"argument {word.partition('=')[0]} of container {self.container.name}"
                yield self._argument(name, text, source, pattern)

    def _argument(self, name: str, text: str, source: str, pattern: re.Pattern[str]) -> Setting:
        known, unread = self._expanded(text, pattern)
        return Setting(name=name, text=known.strip(), source=source, unread=unread)

    def _text(self, name: str) -> str:
        found = self.variables.get(name)
        return found.text if found and found.is_known else ""

    def mounted(self, template: PodTemplate) -> Iterator[Setting]:
        """Yields the settings of files that are mounted from ConfigMaps."""
        for mount, volume in mounted_maps(template, self.container):
            found = self._of_map(volume.name, volume.optional)
            if found is None:
                self.unread_files.append(f"ConfigMap {volume.name}, mounted at {mount.mount_path}")
                continue
            for key, path, text in files_of(found, mount):
                yield from self._of_file(volume.name, key, path, text)

    def _of_file(self, name: str, key: str, path: str, text: str) -> Iterator[Setting]:
        is_configuration = path == self._text(CONFIG_FILE)
        pairs = of_profile(text, self._text("TEMPORAL_PROFILE")) if is_configuration else flattened(path, text)
        for setting, value in pairs:
            source = f"{setting} in key {key} of ConfigMap {name}"
            yield self._argument(setting, value, source, _PLACEHOLDER)


def mounted_maps(template: PodTemplate, container: Container) -> Iterator[tuple[VolumeMount, KeyRef]]:
    """Yields the mounts of ConfigMaps, each with its ConfigMap."""
    maps = {each.name: each.config_map for each in template.spec.volumes if each.config_map}
    return ((mount, maps[mount.name]) for mount in container.volume_mounts if mount.name in maps)


def files_of(found: ConfigMap, mount: VolumeMount) -> Iterator[tuple[str, str, str]]:
    """Yields the files of a mounted ConfigMap: key, path in the container, text."""
    for key, text in found.data.items():
        if mount.sub_path in {"", key}:
            yield key, mount.mount_path if mount.sub_path else f"{mount.mount_path.rstrip('/')}/{key}", text


def _joined(found: Setting, unread: list[str]) -> str:
    """Returns a value as a part of another one, with marks that continue those of the other."""
    start = len(unread)
    unread.extend(found.unread)
    return _MARK.sub(lambda mark: chr(ord(mark[0]) + start), found.text)


def _split_script(words: list[str]) -> list[str]:
    """Returns the words of a shell's script; as they are where it is no simple one."""
    text = " ".join(each for each in words if not re.fullmatch(r"-\w+", each))[:LONGEST_SCRIPT]
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    try:
        return list(lexer)
    except ValueError:
        return text.split()
