"""Another body with status 200."""

import json
from collections.abc import Callable
from http import HTTPStatus

from tests.hostile.faults.fault import (
    HTTP,
    LARGE,
    LISTS,
    LOGIN_PAGE,
    LOGS,
    MEBIBYTE,
    NOT_VALID,
    Expected,
    fault,
    replaced,
)
from tests.hostile.server import Exchange

_FAILURE = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "etcd has no leader", "code": 500}
_CONFIG_MAP = {"metadata": {"name": "other", "namespace": "msp", "uid": "0"}, "data": {"a": "b"}}
for _name, _text in {
    "empty-object": "{}",
    "status-failure": json.dumps(_FAILURE),
    "status-success": '{"kind":"Status","apiVersion":"v1","status":"Success"}',
    "other-list-empty": '{"kind":"ComponentStatusList","apiVersion":"v1","metadata":{},"items":[]}',
    "other-list": json.dumps({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": [_CONFIG_MAP]}),
    "other-group": '{"kind":"PodList","apiVersion":"example.test/v1","metadata":{},"items":[]}',
    "anything-null": '{"kind":"Anything","items":null}',
    "null": "null",
    "list": "[]",
    "number": "42",
    "text": '"healthy"',
    "true": "true",
    "empty": "",
    "blank": " \n\t ",
    "xml": '<?xml version="1.0"?><PodList><items/></PodList>',
    "two-documents": '{"kind":"Status"}\n{"kind":"Status"}',
    "one-object": json.dumps({"kind": "Pod", "apiVersion": "v1", **_CONFIG_MAP}),
    "watch-event": '{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{}}}',
    "partial-metadata": '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":[]}',
    "table": '{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},"columnDefinitions":[],"rows":[]}',
    "deep-lists": "[" * 100_000,
    "deep-objects": '{"items":' * 100_000 + "[]" + "}" * 100_000,
}.items():
    fault("body", LISTS, NOT_VALID, name=f"body-{_name}")(replaced(_text))
fault("body", HTTP, r"html|HTML", name="body-html")(replaced(LOGIN_PAGE, "text/html; charset=utf-8"))
fault("body", LISTS, NOT_VALID, name="body-html-as-json")(replaced(LOGIN_PAGE))
fault("body", LISTS, NOT_VALID, name="body-protobuf")(
    replaced(b"k8s\0\n\n\n\2v1\22\7PodList", "application/vnd.kubernetes.protobuf")
)
fault("body", LISTS, NOT_VALID, name="body-203-html")(replaced(LOGIN_PAGE, "text/html", 203))
fault("body", LOGS, NOT_VALID, name="log-status")(replaced(json.dumps(_FAILURE)))


def _edited(
    family: str, name: str, mentions: str = NOT_VALID, expected: Expected = Expected.UNKNOWN, **more: bool
) -> Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]:
    """Registers a function of the healthy body as a fault of lists."""

    def register(edit: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        def apply(exchange: Exchange) -> None:
            answer = exchange.answer()
            if answer.status == HTTPStatus.OK:  # not of a kind that the cluster does not have
                answer.body = edit(answer.body)
            exchange.send(answer)

        fault(family, LISTS, mentions, expected, name=name, slow=more.get("slow", False))(apply)
        return edit

    return register


def _with_list(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    def edit(body: bytes) -> bytes:
        plain = json.loads(body)
        return json.dumps(change(plain)).encode()

    return edit


_ITEMS: dict[str, object] = {
    "null": None,
    "object": {},
    "text": "none",
    "number": 0,
    "of-null": [None],
    "of-numbers": [1, 2],
    "of-lists": [[]],
    "of-empty-objects": [{}],
    "of-texts": ["pod"],
}
for _name, _items in _ITEMS.items():
    _edited("body", f"items-{_name}")(_with_list(lambda plain, _items=_items: plain | {"items": _items}))  # type: ignore[misc]
_edited("body", "items-absent")(
    _with_list(lambda plain: {name: value for name, value in plain.items() if name != "items"})
)
_edited("body", "items-renamed")(
    _with_list(lambda plain: {"Items" if name == "items" else name: value for name, value in plain.items()})
)
_edited("body", "kind-absent")(
    _with_list(lambda plain: {name: value for name, value in plain.items() if name != "kind"})
)
_edited("body", "other-group-same-kind")(
    _with_list(lambda plain: plain | {"apiVersion": "example.test/v1", "items": []})
)
_edited("body", "as-table")(
    _with_list(lambda plain: {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": [{"cells": []}], "metadata": {}})
)
_edited("body", "as-partial-metadata")(
    _with_list(
        lambda plain: {**plain, "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": []}
    )
)
_edited("body", "metadata-number")(_with_list(lambda plain: plain | {"metadata": 7}))
_edited("body", "cut-half")(lambda body: body[: len(body) // 2])
_edited("body", "cut-last-byte")(lambda body: body[:-1])
_edited("body", "nan")(lambda body: body.replace(b'"items": [', b'"items": [NaN, ', 1))
_edited("body", "comment")(lambda body: b"/* the list */ " + body + b" // end")
_edited("body", "single-quotes")(lambda body: body.replace(b'"', b"'"))
_edited("body", "invalid-utf-8", expected=Expected.EITHER)(
    lambda body: body.replace(b'"metadata": {', b'"metadata": {"x": "\xff\xfe\x80", ', 2)
)
_edited("body", "utf-16")(lambda body: body.decode().encode("utf-16"))
_edited("body", "lone-surrogate", expected=Expected.EITHER)(
    lambda body: body.replace(b'"metadata": {"', b'"metadata": {"annotations": {"x": "\\udcff"}, "', 2)
)
_edited("body", "nul-bytes")(lambda body: body.replace(b'"items"', b'"it\0ems"', 1))
_edited("body", "byte-order-mark", expected=Expected.EITHER)(lambda body: b"\xef\xbb\xbf" + body)
_edited("body", "garbage-after")(lambda body: body + b"\n<html>proxy error</html>")
_edited("body", "items-twice", expected=Expected.EITHER)(lambda body: b'{"items": [], ' + body.lstrip()[1:])


@_edited("body", "one-object-wrong-type")
def _one_wrong(body: bytes) -> bytes:
    plain = json.loads(body)
    if plain.get("items"):
        plain["items"][0]["metadata"] |= {"name": 7, "labels": "none"}
        return json.dumps(plain).encode()
    return json.dumps(plain | {"items": [{"metadata": {"name": 7}}]}).encode()


@_edited("body", "one-spec-wrong-type", expected=Expected.EITHER)
def _one_wrong_spec(body: bytes) -> bytes:
    plain = json.loads(body)
    for each in plain.get("items") or []:
        each["spec"] = each["status"] = "as usual"
        break
    return json.dumps(plain).encode()


@_edited("large", "annotation-of-hints", expected=Expected.HEALTHY, slow=True)
def _annotation_of_hints(body: bytes) -> bytes:
    return _annotated(body, "key " + "a-" * (128 << 10))


@_edited("large", "annotation-of-brackets", expected=Expected.HEALTHY, slow=True)
def _annotation_of_brackets(body: bytes) -> bytes:
    return _annotated(body, 'password={"' + '[{"a":' * (40 << 10))


@_edited("large", "annotation-of-20-mb", expected=Expected.EITHER, mentions=LARGE)
def _large_annotation(body: bytes) -> bytes:
    return _annotated(body, "x y " * (5 * MEBIBYTE))


def _annotated(body: bytes, text: str) -> bytes:
    plain = json.loads(body)
    for each in (plain.get("items") or [])[:1]:
        each["metadata"]["annotations"] = (each["metadata"].get("annotations") or {}) | {"example.test/note": text}
    return json.dumps(plain).encode()


@_edited("body", "items-of-other-namespace")
def _of_other_namespace(body: bytes) -> bytes:
    plain = json.loads(body)
    for each in plain.get("items") or []:
        # Objects of the whole cluster have no namespace that could be another one, so these lose their names.
        each["metadata"].update({"namespace": "other"} if "namespace" in each["metadata"] else {"name": ""})
    return json.dumps(plain).encode()


@_edited("body", "items-of-other-kind")
def _of_other_kind(body: bytes) -> bytes:
    plain = json.loads(body)
    plain["items"] = [{"kind": "ConfigMap", "apiVersion": "v1"} | each for each in plain.get("items") or [{}]]
    return json.dumps(plain).encode()


def _every(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    """Returns an edit of the metadata of each object."""

    def edit(body: bytes) -> bytes:
        plain = json.loads(body)
        plain["items"] = plain.get("items") or [{"metadata": {}}]
        for each in plain["items"]:
            change(each["metadata"])
        return json.dumps(plain).encode()

    return edit


_edited("body", "names-null")(_every(lambda metadata: metadata.update(name=None)))
_edited("body", "names-empty")(_every(lambda metadata: metadata.update(name="")))
_edited("body", "times-of-no-calendar", expected=Expected.EITHER)(
    _every(lambda metadata: metadata.update(creationTimestamp="2026-13-45T99:99:99Z"))
)
_edited("body", "times-of-year-1", expected=Expected.EITHER)(
    _every(lambda metadata: metadata.update(creationTimestamp="0001-01-01T00:00:00Z"))
)
_edited("body", "times-null", expected=Expected.EITHER)(
    _every(lambda metadata: metadata.update(creationTimestamp=None))
)
_edited("body", "labels-null", expected=Expected.EITHER)(_every(lambda metadata: metadata.update(annotations=None)))
_edited("body", "numbers-huge", expected=Expected.EITHER)(
    lambda body: body.replace(b'"generation": 1', b'"generation": 1' + b"0" * 400)
)
_edited("body", "numbers-infinite", expected=Expected.EITHER)(
    lambda body: body.replace(b'"generation": 1', b'"generation": 1e999')
)
_edited("body", "unknown-fields", expected=Expected.HEALTHY)(
    _every(lambda metadata: metadata.update(fieldOfTheNextRelease={"a": [1, None, {"b": 1e3}]}))
)
