"""Whom and what to turn to: the owner of the object at fault, and the page about the finding."""

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec.structs import replace

from diagnose.model.report import Cause
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.resources import Meta
from diagnose.resources.metadata import OWNERS
from diagnose.sources.gateway import Answer
from diagnose.target.target import Target

EVERY = "*"
"""Names all findings, where `[links]` has one page for all."""
CODE = "{code}"
"""Stands for the code in the address of a page."""
_PART_OF = "app.kubernetes.io/part-of"
_Object = tuple[str, str, str]


def with_contacts(causes: tuple[Cause, ...], target: Target, answers: Iterable[Answer]) -> tuple[Cause, ...]:
    """Returns the causes with the owners of their objects and the pages about them."""
    objects = [tuple(_objects(cause, target)) for cause in causes]
    owned = {one for each in objects for one in each}
    known = _read(owned | {_namespace(name) for _, name, _ in owned}, answers) if causes else {}
    links = dict(target.request.links)
    return tuple(
        replace(cause, owner=_owner(about, known, target), runbook=_link(cause, links))
        for cause, about in zip(causes, objects, strict=True)
    )


def _objects(cause: Cause, target: Target) -> Iterator[_Object]:
    """Yields kind, namespace and name of the objects that a cause is about, then of the workload itself."""
    for subject in cause.finding.subjects:
        kind, _, rest = subject.partition("/")
        namespace, _, name = rest.rpartition("/")
        yield kind.lower(), namespace or target.namespace, name
    if set(cause.finding.pods) & {pod.name for pod in target.pods} or not cause.finding.subjects:
        yield target.owner.kind.lower(), target.namespace, target.owner.name


def _namespace(name: str) -> _Object:
    return "namespace", "", name


def _read(objects: Collection[_Object], answers: Iterable[Answer]) -> dict[_Object, Meta]:
    """Returns the metadata of objects, as far as the run has listed them."""
    found: dict[_Object, Meta] = {}
    kinds = {kind for kind, _, _ in objects}
    for each in answers:
        if not isinstance(each.query, ListObjects) or not isinstance(each.answer, Listing):
            continue
        kind = (each.query.kind.api_kind or each.query.kind.__name__).lower()
        listed = (((kind, one.metadata.namespace, one.name), one.metadata) for one in each.answer.items)
        found.update((key, metadata) for key, metadata in listed if kind in kinds and key in objects)
    return found


def _owner(objects: Iterable[_Object], known: dict[_Object, Meta], target: Target) -> str:
    """Returns who owns the first of the objects that has an owner: by the settings, itself, or its namespace."""
    for kind, namespace, name in objects:
        names = (f"{kind}/{name}", f"{kind}/{namespace}/{name}", namespace)
        stated = (who for pattern, who in target.request.owners if any(fnmatchcase(one, pattern) for one in names))
        own = (known.get(each) for each in ((kind, namespace, name), _namespace(namespace)))
        if found := next(stated, "") or next(filter(None, (_owner_by(each) for each in own if each)), ""):
            return found
    return ""


def _owner_by(metadata: Meta) -> str:
    """Returns the owner that an object itself names, else the product that it is part of."""
    stated = metadata.labels | metadata.annotations
    by_name = {key.rpartition("/")[2]: value for key, value in sorted(stated.items(), reverse=True)}
    return next((by_name[each] for each in OWNERS if by_name.get(each)), "") or metadata.labels.get(_PART_OF, "")


def _link(cause: Cause, links: dict[str, str]) -> str:
    """Returns the page about a cause: of its code, its check, its topic, or the one for all."""
    code = cause.finding.code
    found = (links[each] for each in (code, cause.check, code.partition(".")[0], EVERY) if each in links)
    return next(found, "").replace(CODE, code)
