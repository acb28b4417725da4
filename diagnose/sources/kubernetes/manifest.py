"""Reads a rendered manifest, as printed by `helm template`. Values of Secrets are dropped on loading.

A bare pod of it is read as one that does not run yet.

The text is the user's, so errors name the file, the line and the object.
"""

from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from typing import Any

import msgspec

from diagnose.queries.manifest import WORKLOADS, KeyedObject, Manifest
from diagnose.resources import ConfigMap, Deployment, Pod, Rollout, ServiceAccount, Workload
from diagnose.sources import files
from diagnose.sources.kubernetes import generated, placeholders, worker_controller
from diagnose.text.characters import one_line

STDIN = "-"
MAX_MANIFEST, MAX_NODES = 4 << 20, 100_000
"""An object of Kubernetes has at most 1.5 MB; references can make a short text a large object."""
# Quantities, which the API accepts as numbers and returns as text.
_QUANTITIES = {"requests", "limits"}


class ManifestError(Exception):
    """The file is no deployable manifest; the message has the location and the reason."""


class _Document(msgspec.Struct, frozen=True):
    """An object of the file with its location."""

    where: str
    plain: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.plain.get("kind", ""))

    @property
    def namespace(self) -> str:
        """The namespace that it names, or ""."""
        return str(self.metadata.get("namespace") or "")

    @property
    def name(self) -> str:
        """Its name, or the beginning of one that the API server completes."""
        return str(self.metadata.get("name") or self.metadata.get("generateName") or "").rstrip("-")

    @property
    def metadata(self) -> dict[str, Any]:
        """Its metadata."""
        found = self.plain.get("metadata")
        return found if isinstance(found, dict) else {}


def load(file: str, namespace: str, otherwise: str = "default") -> Manifest:
    """Loads the manifest of a file, or of the standard input.

    Args:
        file: its path, "-" for the standard input.
        namespace: the namespace that is requested; "" for the one that its workloads name.
        otherwise: the namespace of workloads that name none.

    Raises:
        ManifestError: it cannot be read, is no YAML, or has an invalid object or no workload.
    """
    name = "standard input" if file == STDIN else file
    documents = list(_documents(name, _text(file, name)))
    named = sorted({each.namespace for each in documents if each.kind in _WORKLOADS and each.namespace})
    if not namespace and len(named) > 1:
        raise ManifestError(f"{name} has workloads of the namespaces {', '.join(named)}: choose one with --namespace")
    namespace = namespace or next(iter(named), otherwise)
    here = [each for each in documents if each.namespace in {"", namespace}]
    made = [(each.kind, _object(each)) for each in here]
    of: dict[str, Any] = {kind: tuple(found for each, found in made if each == kind) for kind in _CONVERTED}
    if not any(of[kind] for kind in _WORKLOADS):
        kinds = ", ".join(sorted({each.kind for each in documents if each.kind})) or "no object"
        elsewhere = f"; its workloads are in namespace {', '.join(named)}" if named else ""
        raise ManifestError(f"{name} has no workload in namespace {namespace}: it has {kinds}{elsewhere}")
    controlled = [each for each in here if each.kind in worker_controller.KINDS]
    return Manifest(
        namespace=namespace,
        # A Rollout by reference has no pods of its own.
        **{
            field: tuple(each for each in of[kind.__name__] if each.template.spec.containers)
            for kind, field in WORKLOADS.items()
        },
        versions=tuple(_version(each, here) for each in controlled),
        pods=of["Pod"],
        services=tuple(name for each in here for name in generated.services_of(each.plain)),
        accounts=of["ServiceAccount"],
        config_maps=of["ConfigMap"],
        maps=tuple(_converted(each, ConfigMap) for each in here if each.kind == "ConfigMap"),
        secrets=(*of["Secret"], *(each for document in here for each in generated.secrets_of(document.plain))),
    )


def _version(document: _Document, documents: list[_Document]) -> Deployment:
    """Returns what the controller makes of a WorkerDeployment, as far as it is known before."""
    plain = worker_controller.deployment(document.plain, [each.plain for each in documents])
    found: Deployment = _converted(_Document(document.where, plain), Deployment)
    return found


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
    if not (convert := _CONVERTED.get(document.kind)):
        return None
    if not document.name:
        raise ManifestError(f"{document.where}: a {document.kind} without metadata.name")
    return convert(document)


def _holder(document: _Document, fields: tuple[str, ...]) -> KeyedObject:
    keys: list[str] = []
    for each in fields:
        content = document.plain.get(each) or {}
        if not isinstance(content, dict):
            raise ManifestError(f"{document.where}: {each} of {document.kind} {document.name} is no mapping")
        keys += map(str, content)
    return KeyedObject(
        name=document.name,
        keys=tuple(dict.fromkeys(keys)),
        type=str(document.plain.get("type") or ""),
        placeholders=placeholders.keys_of(document.plain) if document.kind == "Secret" else (),
    )


def _converted(document: _Document, kind: type[Any]) -> Any:
    try:
        metadata = {**document.metadata, "name": document.name}
        found = msgspec.convert(_as_api({**document.plain, "metadata": metadata}), kind)
    except msgspec.ValidationError as error:
        message = str(error).replace("$.", "")
        raise ManifestError(f"{document.where}: {document.kind} {document.name} is invalid: {message}") from error
    except RecursionError as error:
        raise ManifestError(f"{document.where}: {document.kind} {document.name} is nested too deeply") from error
    by_reference = isinstance(found, Rollout)
    spec = found.spec if isinstance(found, Pod) else found.template.spec if isinstance(found, Workload) else None
    if spec and not spec.containers and not by_reference:
        raise ManifestError(f"{document.where}: {document.kind} {document.name} has no container")
    return found


_KINDS: dict[str, type[Any]] = {each.__name__: each for each in WORKLOADS} | {"Pod": Pod}
_WORKLOADS = (*_KINDS, *worker_controller.KINDS)
_CONVERTED: dict[str, Callable[[_Document], Any]] = {
    **{name: partial(_converted, kind=each) for name, each in _KINDS.items()},
    # What they are made into is read as a Deployment.
    **dict.fromkeys(worker_controller.KINDS, attrgetter("name")),
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
