"""Reads a rendered manifest, as printed by `helm template`. Values of Secrets and ConfigMaps are dropped on loading.

The text is the user's, so errors name the file, the line and the object.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from diagnose.queries.manifest import KeyedObject, Manifest
from diagnose.resources import Deployment, ServiceAccount
from diagnose.sources import files
from diagnose.text.characters import one_line

STDIN = "-"
MAX_MANIFEST, MAX_NODES = 4 << 20, 100_000
"""An object of Kubernetes has at most 1.5 MB; references can make a short text a large object."""
# Quantities, which the API accepts as numbers and returns as text.
_QUANTITIES = {"requests", "limits"}


class ManifestError(Exception):
    """The file is no deployable manifest; the message has the location and the reason."""


@dataclass(frozen=True)
class _Document:
    """An object of the file with its location."""

    where: str
    plain: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.plain.get("kind", ""))

    @property
    def namespace(self) -> str:
        return str(self._metadata().get("namespace") or "")

    @property
    def name(self) -> str:
        return str(self._metadata().get("name") or "")

    def _metadata(self) -> dict[str, Any]:
        found = self.plain.get("metadata")
        return found if isinstance(found, dict) else {}


def load(file: str, namespace: str) -> Manifest:
    """Loads the manifest of a file, or of the standard input.

    Raises:
        ManifestError: it cannot be read, is no YAML, or has an invalid object.
    """
    name = "standard input" if file == STDIN else file
    documents = list(_documents(name, _text(file, name)))
    made = [(each.kind, _object(each)) for each in documents if each.namespace in {"", namespace}]
    of = {kind: tuple(found for each, found in made if each == kind) for kind in _CONVERTED}
    if not of["Deployment"]:
        kinds = ", ".join(sorted({each.kind for each in documents if each.kind})) or "no object"
        elsewhere = sorted({each.namespace for each in documents if each.kind == "Deployment"} - {"", namespace})
        hint = f"; its Deployment is in namespace {', '.join(elsewhere)}" if elsewhere else ""
        raise ManifestError(f"{name} has no Deployment in namespace {namespace}: it has {kinds}{hint}")
    return Manifest(
        deployments=of["Deployment"],
        accounts=of["ServiceAccount"],
        config_maps=of["ConfigMap"],
        secrets=of["Secret"],
    )


def _text(file: str, name: str) -> str:
    try:
        return files.read_or_stdin(file, MAX_MANIFEST).decode()
    except UnicodeDecodeError as error:
        raise ManifestError(f"{name} is no text in UTF-8: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise ManifestError(f"{name} cannot be read: {error.strerror or error}") from error


def _size(node: Any, known: dict[int, int]) -> int:
    """Returns the number of values of a node, with those of its references."""
    if id(node) not in known:
        # A reference to a node within itself ends here; constructing it is an error.
        known[id(node)] = 1
        value = node.value if isinstance(node.value, list) else ()
        parts = (part for each in value for part in (each if isinstance(each, tuple) else (each,)))
        known[id(node)] += sum(_size(part, known) for part in parts)
    return known[id(node)]


def _documents(name: str, text: str) -> Iterator[_Document]:
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML as the API server parses it: times are text."""

    Loader.yaml_implicit_resolvers = {
        first: [each for each in rules if each[0] != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        loader = Loader(text)
        while loader.check_node():
            node = loader.get_node()
            where = f"{name}, line {node.start_mark.line + 1}"
            if _size(node, {}) > MAX_NODES:
                raise ManifestError(f"{where}: the object has more than {MAX_NODES:,} values")
            yield from _objects(where, loader.construct_document(node))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        message = getattr(error, "problem", None) or one_line(str(error))
        raise ManifestError(f"{name}{line}: no YAML: {message}") from error
    except ValueError as error:
        raise ManifestError(f"{name}: a number that is none: {error}") from error
    except RecursionError as error:
        raise ManifestError(f"{name}: it is nested too deeply") from error


def _objects(where: str, plain: object) -> Iterator[_Document]:
    if plain is None:
        return
    if not isinstance(plain, dict):
        raise ManifestError(f"{where}: this is no Kubernetes object, but {_article(plain)}")
    items = plain.get("items")
    if str(plain.get("kind", "")).endswith("List") and isinstance(items, list):
        for each in items:
            yield from _objects(where, each)
    else:
        yield _Document(where, plain)


def _article(plain: object) -> str:
    return {"list": "a list", "str": "plain text"}.get(type(plain).__name__, f"of type {type(plain).__name__}")


def _object(document: _Document) -> Any:
    """Returns an object as checks read it, None for one that no check reads."""
    if not document.kind:
        raise ManifestError(f"{document.where}: an object without kind")
    convert = _CONVERTED.get(document.kind)
    return convert(document) if convert else None


def _holder(document: _Document, fields: tuple[str, ...]) -> KeyedObject:
    keys: list[str] = []
    for each in fields:
        content = document.plain.get(each) or {}
        if not isinstance(content, dict):
            raise ManifestError(f"{document.where}: {each} of {document.kind} {document.name} is no mapping")
        keys += map(str, content)
    return KeyedObject(name=document.name, keys=tuple(dict.fromkeys(keys)), type=str(document.plain.get("type") or ""))


def _converted(document: _Document, kind: type[Any]) -> Any:
    if not document.name:
        raise ManifestError(f"{document.where}: a {document.kind} without metadata.name")
    try:
        found = msgspec.convert(_as_api(document.plain), kind)
    except msgspec.ValidationError as error:
        message = str(error).replace("$.", "")
        raise ManifestError(f"{document.where}: {document.kind} {document.name} is invalid: {message}") from error
    except RecursionError as error:
        raise ManifestError(f"{document.where}: {document.kind} {document.name} is nested too deeply") from error
    if isinstance(found, Deployment) and not found.spec.template.spec.containers:
        raise ManifestError(f"{document.where}: Deployment {document.name} has no container")
    return found


_CONVERTED: dict[str, Callable[[_Document], Any]] = {
    "Deployment": partial(_converted, kind=Deployment),
    "ServiceAccount": partial(_converted, kind=ServiceAccount),
    "Secret": partial(_holder, fields=("data", "stringData")),
    "ConfigMap": partial(_holder, fields=("data", "binaryData")),
}


def _as_api(plain: Any, name: str = "") -> Any:
    """Returns the data as the API would return it: without nulls, quantities as text."""
    match plain:
        case dict():
            return {
                key: _as_text(value) if name in _QUANTITIES else _as_api(value, str(key))
                for key, value in plain.items()
                if value is not None
            }
        case list():
            return [_as_api(each) for each in plain]
        case _:
            return plain


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
