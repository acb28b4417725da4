"""Lists of typed objects, and logs, by plain requests without the client's models."""

import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from diagnose.queries.kubernetes import Listing, ListObjects, LogText, ReadLog
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from diagnose.resources import Object
from diagnose.sources.kubernetes.api import JSON, ApiClient, ApiRequest, Body, TooLargeError, path_to
from diagnose.sources.kubernetes.logs import LogReader
from diagnose.sources.source import answers
from diagnose.text.decoding import from_json, list_from_json

PAGE_SIZES, MAX_PAGES = (500, 50, 5), 400
"""Objects of a page, fewer where they are so large that a page exceeds the limit."""
MAX_PARTS = 1_000_000
MAX_RETAINED, ITEM_BYTES = 96 << 20, 1_024
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


class _Kind(msgspec.Struct, frozen=True):
    # Objects of a built-in kind have none in a list.
    kind: str = ""


class _Named(msgspec.Struct, frozen=True):
    class Meta(msgspec.Struct, frozen=True):
        name: str = ""

    metadata: Meta = Meta()


class KubernetesSource:
    """Answers `ListObjects` and `ReadLog`."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._retained = 0

    @answers(ListObjects)
    def list(self, query: ListObjects[Any], timeout_s: float) -> Iterator[Listing[Any]]:
        """Yields the objects of the kind page by page, because the text of all of them may take much memory."""
        ends_at = time.monotonic() + timeout_s
        try:
            yield from self._pages(query, ends_at)
        except ForbiddenError as error:
            self._require_served(query.kind.group, ends_at, error)
            raise

    @answers(ReadLog)
    def log(self, query: ReadLog, timeout_s: float) -> LogText:
        """Returns the container's log."""
        return LogReader(self._client, query, time.monotonic() + timeout_s).read()

    def _pages(self, query: ListObjects[Any], ends_at: float) -> Iterator[Listing[Any]]:
        chosen = {"labelSelector": query.selector, "fieldSelector": query.fields}
        request = ApiRequest(
            what=query.what,
            path=path_to(query.kind.group, query.namespace, query.plural.partition(".")[0]),
            parameters={name: value for name, value in chosen.items() if value},
            accept=METADATA_ONLY if query.kind.metadata_only else JSON,
        )
        token, passed, sizes = "", {""}, iter(PAGE_SIZES)
        size = next(sizes)
        while True:
            parameters = {"limit": size} | request.parameters | ({"continue": token} if token else {})
            try:
                page = self._client.read(
                    replace(request, parameters=parameters), lambda body: _objects(body, query), ends_at
                )
            except TooLargeError:
                if (size := next(sizes, 0)) == 0:
                    raise
                continue
            self._retained += page.weight
            if self._retained > MAX_RETAINED:
                raise NoAnswerError(f"{request.what}: the lists of this run have more than {MAX_RETAINED >> 20} MB")
            yield page.listing
            token = page.token
            if not token:
                return
            if token in passed or len(passed) > MAX_PAGES:
                raise NoAnswerError(f"{request.what}: no valid answer: its pages have no end")
            passed.add(token)

    def _require_served(self, group: str, ends_at: float, refusal: ForbiddenError) -> None:
        """Distinguishes a missing API group from a missing right: the API server answers "forbidden" to both.

        Raises:
            NotFoundError: the API server has no such group.
        """
        if group.startswith("/apis/") and group.split("/")[2].endswith(".io") and ".k8s." not in group:
            request = ApiRequest(what=f"read API group {group.removeprefix('/apis/')}", path=group)
            try:
                self._client.read(request, lambda body: body.decode(msgspec.Raw, "APIResourceList"), ends_at)
            except ForbiddenError:
                return
            except NotFoundError as absent:
                raise NotFoundError(f"{absent}; {refusal}") from None


class _Objects(msgspec.Struct, frozen=True):
    """The objects of a page, the token of the next one, and their size in bytes."""

    listing: Listing[Any]
    token: str
    weight: int


def _objects(body: Body, query: ListObjects[Any]) -> _Objects:
    """Returns the objects of a page.

    Raises:
        NoAnswerError: it is not a list of that kind and group, or one of its objects is invalid.
    """
    kind = query.kind
    name = "PartialObjectMetadata" if kind.metadata_only else kind.api_kind or kind.__name__
    version = "meta.k8s.io/v1" if kind.metadata_only else kind.group.removeprefix("/apis/").removeprefix("/api/")
    if body.data.count(b"{") > MAX_PARTS:
        raise TooLargeError(f"{body.request.what}: the answer has more than {MAX_PARTS} parts")
    page = _page(body, f"{name}List")
    if (page.kind, page.api_version) != (f"{name}List", version):
        raise body.invalid(body.what_instead(f"{name}List of {version}"))
    raw = page.items
    if raw is None and (kind.metadata_only or version == METRICS):
        raw = []
    if not isinstance(raw, list):
        raise body.invalid(f"a {name}List without items")
    items: list[Object] = []
    damaged: list[str] = []
    for each, found in zip(raw, list_from_json(raw, kind), strict=True):
        if isinstance(found, msgspec.DecodeError):
            item = _repaired(each, kind, found, body)
            damaged.append(
                f"{query.what}: object {item.name} has text that is no valid Unicode, such as half a surrogate pair"
            )
        else:
            item = found
        _require_of_list(item, query.namespace, body)
        items.append(item)
    if others := {getattr(each, "kind", "an object of no kind") for each in list_from_json(raw, _Kind)} - {"", name}:
        raise body.invalid(f"a {name}List with {min(others)}")
    weight = len(items) * ITEM_BYTES + len(msgspec.json.encode(items))
    return _Objects(Listing(tuple(items), tuple(damaged)), page.metadata.next, weight)


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


def _repaired(raw: msgspec.Raw, kind: type[Object], error: msgspec.DecodeError, body: Body) -> Object:
    """Returns an object whose text is no Unicode, with replacement characters as clients in Go decode it.

    Raises:
        NoAnswerError: it is otherwise invalid.
    """
    text = bytes(raw).decode(errors="replace")
    try:
        return from_json(text, kind)
    except msgspec.DecodeError:
        raise body.invalid(f"object {_name(text) or 'without a readable name'} is invalid: {error}") from error


def _name(text: str) -> str:
    try:
        return from_json(text, _Named).metadata.name
    except msgspec.DecodeError:
        return ""


def _require_of_list(item: Object, namespace: str, body: Body) -> None:
    """Checks that an object is one of the list.

    Raises:
        NoAnswerError: it has no name, or is of another namespace.
    """
    if not item.name:
        raise body.invalid("an object without a name")
    elsewhere = item.metadata.namespace
    if namespace and elsewhere not in {"", namespace}:
        raise body.invalid(f"object {item.name} is of namespace {elsewhere}")
