"""What the API answers to a path: lists with selectors and pages, single objects, logs."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.hostile.capture import Capture, Resource, later

JSON = "application/json"
_SELECTORS = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"(?P<key>\S+) (?P<how>in|notin) \((?P<values>[^)]*)\)")


@dataclass
class Answer:
    """A response of HTTP."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Path:
    """A path of the API; the name is that of an object, the sub-resource such as "log"."""

    group: str
    namespace: str = ""
    plural: str = ""
    name: str = ""
    sub: str = ""


def parse(path: str) -> Path | None:
    """Returns the parts of a path of the API."""
    parts = path.strip("/").split("/")
    size = 2 if parts[0] == "api" else 3
    if parts[0] not in {"api", "apis"} or len(parts) < size:
        return None
    group, rest = "/" + "/".join(parts[:size]), parts[size:]
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    plural, name, sub = (*rest, "", "", "")[:3]
    return Path(group, namespace, plural, name, sub)


def status(code: int, reason: str, message: str) -> Answer:
    """Returns a refusal as the API server words it."""
    plain = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return Answer(code, json.dumps(plain | {"message": message, "reason": reason, "code": code}).encode())


def absent() -> Answer:
    """Returns the answer for a path that the API server does not serve."""
    return Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")


def answer(capture: Capture, path: str, query: dict[str, str], accept: str) -> Answer:
    """Returns the healthy answer to a GET."""
    if path == "/version":
        return Answer(body=json.dumps(capture.version).encode())
    found = parse(path)
    if found is None:
        return absent()
    if not found.plural:
        return _group(capture, found.group)
    if found.sub == "log":
        return _log(capture, found, query)
    resource = capture.resource(found.group, found.plural)
    if resource is None:
        return absent()
    text = _one(resource, found) if found.name else _list(resource, found.namespace, query, accept)
    if text is None:
        message = f'{found.plural} "{found.name}" not found'
        return status(404, "NotFound", message)
    return Answer(body=later(text, capture.at).encode())


def _group(capture: Capture, group: str) -> Answer:
    served = [each for each in capture.resources if each.group == group]
    if not served:
        return absent()
    plain = {
        "kind": "APIResourceList",
        "groupVersion": served[0].api_version,
        "resources": [
            {"name": each.plural, "kind": each.kind, "namespaced": each.namespaced, "verbs": ["get", "list"]}
            for each in served
        ],
    }
    return Answer(body=json.dumps(plain).encode())


def _one(resource: Resource, path: Path) -> str | None:
    for each in resource.items:
        metadata = each["metadata"]
        if metadata["name"] == path.name and metadata.get("namespace", "") == path.namespace:
            return json.dumps({"kind": resource.kind, "apiVersion": resource.api_version} | each)
    return None


def _list(resource: Resource, namespace: str, query: dict[str, str], accept: str) -> str:
    items = [
        each
        for each in resource.items
        if (not namespace or each["metadata"].get("namespace") == namespace)
        and labels_match(query.get("labelSelector", ""), each["metadata"].get("labels", {}))
        and _fields_match(query.get("fieldSelector", ""), each)
    ]
    kind, version = f"{resource.kind}List", resource.api_version
    if "as=PartialObjectMetadataList" in accept:
        kind, version = "PartialObjectMetadataList", "meta.k8s.io/v1"
        of_item = {"kind": "PartialObjectMetadata", "apiVersion": version}
        items = [of_item | {"metadata": each["metadata"]} for each in items]
    begin = int(base64.b64decode(query["continue"])) if query.get("continue") else 0
    end = begin + int(query.get("limit") or 0) or len(items)
    metadata: dict[str, Any] = {"resourceVersion": "1000"}
    if end < len(items):
        metadata |= {"continue": base64.b64encode(str(end).encode()).decode(), "remainingItemCount": len(items) - end}
    return json.dumps({"kind": kind, "apiVersion": version, "metadata": metadata, "items": items[begin:end]})


def labels_match(selector: str, labels: dict[str, str]) -> bool:
    """Whether labels match a selector."""
    return all(_label_matches(each.strip(), labels) for each in _SELECTORS.split(selector) if each.strip())


def _label_matches(condition: str, labels: dict[str, str]) -> bool:
    if found := _SET.fullmatch(condition):
        values = {each.strip() for each in found["values"].split(",")}
        return (labels.get(found["key"]) in values) is (found["how"] == "in")
    if "!=" in condition:
        key, _, value = condition.partition("!=")
        return labels.get(key) != value
    if "=" in condition:
        key, _, value = condition.replace("==", "=").partition("=")
        return labels.get(key) == value
    return condition[1:] not in labels if condition.startswith("!") else condition in labels


def _fields_match(selector: str, item: dict[str, Any]) -> bool:
    return all(_field_matches(each, item) for each in selector.split(",") if each)


def _field_matches(condition: str, item: dict[str, Any]) -> bool:
    path, _, value = condition.replace("==", "=").partition("=")
    differs = path.endswith("!")
    found: Any = item
    for name in path.rstrip("!").split("."):
        found = found.get(name, "") if isinstance(found, dict) else ""
    return (str(found) == value) is not differs


def _log(capture: Capture, path: Path, query: dict[str, str]) -> Answer:
    text = capture.logs.get(f"{path.namespace}/{path.name}/{query.get('container', '')}")
    if text is None:
        return status(404, "NotFound", f'pods "{path.name}" not found')
    if query.get("previous") == "true":
        message = f'previous terminated container "{query["container"]}" in pod "{path.name}" not found'
        return status(400, "BadRequest", message)
    lines = later(text, capture.at).splitlines(keepends=True)
    if query.get("sinceSeconds"):
        since = datetime.now(UTC) - timedelta(seconds=int(query["sinceSeconds"]))
        lines = [line for line in lines if datetime.fromisoformat(line.split(" ")[0]) >= since]
    if query.get("tailLines"):
        lines = lines[-int(query["tailLines"]) :] if int(query["tailLines"]) else []
    if query.get("timestamps") != "true":
        lines = [line.partition(" ")[2] for line in lines]
    body = "".join(lines).encode()[: int(query.get("limitBytes") or 1 << 30)]
    return Answer(body=body, content_type="text/plain")
