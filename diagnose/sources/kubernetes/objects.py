"""Lists of typed objects, and logs, by plain requests without the client's models."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from diagnose.queries.kubernetes import Listing, ListObjects, LogText, ReadLog
from diagnose.queries.query import ForbiddenError, NoAnswerError
from diagnose.resources import Object
from diagnose.sources.kubernetes.api import JSON, ApiClient, ApiRequest, Body, ExpiredError, TooLargeError
from diagnose.sources.kubernetes.logs import LogReader
from diagnose.sources.source import answers
from diagnose.text.decoding import from_json, list_from_json

PAGE_SIZES, MAX_PAGES = (500, 50, 5), 400
"""Objects of a page, fewer where they are so large that a page exceeds the limit."""
MAX_PARTS = 1_000_000
MAX_RETAINED, ITEM_BYTES = 64 << 20, 256
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METRICS = "metrics.k8s.io/v1beta1"
_ESCAPES = re.compile(
    rb"\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?P<half>ud[89a-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL
)
BROKEN = b"\xff"


class _ListMeta(msgspec.Struct, frozen=True):
    next: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    api_version: str = ""
    items: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET
    metadata: _ListMeta = _ListMeta()


class _Named(msgspec.Struct, frozen=True):
    class Meta(msgspec.Struct, frozen=True):
        name: str = ""

    metadata: Meta = Meta()


@dataclass(frozen=True)
class Unreadable:
    """An object of a list that is invalid."""

    name: str
    why: str


@dataclass(frozen=True)
class _Objects:
    """The objects of a page, the token of the next one, and their size in bytes."""

    items: tuple[Object | Unreadable, ...]
    token: str
    weight: int


class KubernetesSource:
    """Answers `ListObjects` and `ReadLog`."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._retained = 0

    @answers(ListObjects)
    def list(self, query: ListObjects[Any], timeout_s: float) -> Listing[Any]:
        """Returns all objects of the kind, reading page by page; those that are invalid are named."""
        ends_at = time.monotonic() + timeout_s
        try:
            return self._list(query, ends_at)
        except ExpiredError:  # in the middle of the list, which is read once more from its beginning
            return self._list(query, ends_at)
        except ForbiddenError:
            self._require_served(query.kind.group, ends_at)
            raise

    @answers(ReadLog)
    def log(self, query: ReadLog, timeout_s: float) -> LogText:
        """Returns the container's log."""
        return LogReader(self._client, query, time.monotonic() + timeout_s).read()

    def _list(self, query: ListObjects[Any], ends_at: float) -> Listing[Any]:
        in_namespace = f"/namespaces/{query.namespace}" if query.namespace else ""
        chosen = {"labelSelector": query.selector, "fieldSelector": query.fields}
        request = ApiRequest(
            what=query.what,
            path=f"{query.kind.group}{in_namespace}/{query.plural.partition('.')[0]}",
            parameters={name: value for name, value in chosen.items() if value},
            accept=METADATA_ONLY if query.kind.metadata_only else JSON,
        )
        found: list[Any] = []
        invalid: list[str] = []
        for item in self._items(request, query.kind, ends_at):
            if why := _problem(item, query.namespace):
                invalid.append(f"{query.what}: no valid answer: {why}")
            else:
                found.append(item)
        return Listing(tuple(found), tuple(invalid))

    def _items(self, request: ApiRequest, kind: type[Object], ends_at: float) -> Iterator[Object | Unreadable]:
        """Yields the objects of a list."""
        token, passed, sizes = "", {""}, iter(PAGE_SIZES)
        size = next(sizes)
        while True:
            parameters = {"limit": size} | request.parameters | ({"continue": token} if token else {})
            try:
                page = self._client.read(
                    replace(request, parameters=parameters), lambda body: _objects(body, kind), ends_at
                )
            except TooLargeError:
                if (size := next(sizes, 0)) == 0:
                    raise
                continue
            self._retained += page.weight
            if self._retained > MAX_RETAINED:
                raise NoAnswerError(f"{request.what}: the lists of this run have more than {MAX_RETAINED >> 20} MB")
            yield from page.items
            token = page.token
            if not token:
                return
            if token in passed or len(passed) > MAX_PAGES:
                raise NoAnswerError(f"{request.what}: no valid answer: its pages have no end")
            passed.add(token)

    def _require_served(self, group: str, ends_at: float) -> None:
        """Distinguishes a missing API group from a missing right: the API server answers "forbidden" to both.

        Raises:
            NotFoundError: the API server has no such group.
        """
        if group.startswith("/apis/") and group.split("/")[2].endswith(".io") and ".k8s." not in group:
            request = ApiRequest(what=f"read API group {group.removeprefix('/apis/')}", path=group)
            with suppress(ForbiddenError):
                self._client.read(request, lambda body: body.decode(msgspec.Raw, "APIResourceList"), ends_at)


def _objects(body: Body, kind: type[Object]) -> _Objects:
    """Returns the objects of a page.

    Raises:
        NoAnswerError: it is not a list of that kind and group.
    """
    name = "PartialObjectMetadata" if kind.metadata_only else kind.api_kind or kind.__name__
    version = "meta.k8s.io/v1" if kind.metadata_only else kind.group.removeprefix("/apis/").removeprefix("/api/")
    if body.data.count(b"{") > MAX_PARTS:
        raise TooLargeError(f"{body.request.what}: the answer has more than {MAX_PARTS} parts")
    page = _page(body, f"{name}List")
    if (page.kind, page.api_version) != (f"{name}List", version):
        raise body.invalid(body.what_instead(f"{name}List of {version}"))
    items = page.items
    if items is None and (kind.metadata_only or version == METRICS):
        items = []
    if not isinstance(items, list):
        raise body.invalid(f"a {name}List without items")
    decoded = tuple(
        Unreadable(_name(raw), str(found)) if isinstance(found, msgspec.DecodeError) else found
        for raw, found in zip(items, list_from_json(items, kind), strict=True)
    )
    weight = sum(ITEM_BYTES + len(msgspec.json.encode(each)) for each in decoded if not isinstance(each, Unreadable))
    return _Objects(decoded, page.metadata.next, weight)


def _page(body: Body, kind: str) -> _Page:
    try:
        return from_json(body.data, _Page)
    except msgspec.DecodeError as error:
        if "surrogate" in str(error):
            return _page(replace(body, data=bytearray(_without_half_pairs(body.data))), kind)
        raise body.invalid(f"{body.what_instead(kind)}: {error}") from error


def _without_half_pairs(text: bytes | bytearray) -> bytes:
    """Returns JSON whose escapes of half a surrogate pair are replaced by bytes that are invalid in any string."""
    return _ESCAPES.sub(lambda found: BROKEN if found["half"] else found[0], text)


def _name(raw: msgspec.Raw) -> str:
    """Returns the name of an object that is otherwise invalid."""
    try:
        return from_json(bytes(raw), _Named).metadata.name
    except msgspec.DecodeError:
        return ""


def _problem(item: Object | Unreadable, namespace: str) -> str:
    """Returns why an item is no object of the list, "" where it is one."""
    if isinstance(item, Unreadable):
        return f"object {item.name or 'without a readable name'}: {item.why}"
    if not item.name:
        return "an object without a name"
    elsewhere = item.metadata.namespace
    return f"object {item.name} of namespace {elsewhere}" if namespace and elsewhere not in {"", namespace} else ""
