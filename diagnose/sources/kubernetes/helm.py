"""Helm's records of a release, which are Secrets: read and taken apart here; only what a check may see goes on."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import msgspec

from diagnose.queries.helm import HelmHistory, MadeContainer, MadeObject, ReadHelmHistory, ReleaseRecord
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Resources
from diagnose.sources.kubernetes.api import KubernetesSource
from diagnose.sources.source import answers
from diagnose.text.decoding import from_json, from_plain

TYPE = "helm.sh/release.v1"
# A record is at most 1 MiB; what unpacks to more than this is none that Helm wrote.
LARGEST = 32 * 1024 * 1024


class _Data(msgspec.Struct, frozen=True):
    release: str = ""


class _Secret(msgspec.Struct, frozen=True):
    type: str = ""
    data: _Data = _Data()


class _Secrets(msgspec.Struct, frozen=True):
    items: tuple[_Secret, ...] = ()


class _Info(msgspec.Struct, frozen=True):
    first_deployed: str = ""
    last_deployed: str = ""
    description: str = ""
    status: str = ""


class _ChartMetadata(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    version: str = ""
    app_version: str = ""


class _Chart(msgspec.Struct, frozen=True):
    metadata: _ChartMetadata = _ChartMetadata()


class _Record(msgspec.Struct, frozen=True):
    """What is taken of a record; the decoder drops the rest, `config` above all, unseen."""

    version: int = 0
    info: _Info = _Info()
    chart: _Chart = _Chart()
    manifest: str = ""


class HelmSource:
    """Answers `ReadHelmHistory`."""

    def __init__(self, kubernetes: KubernetesSource) -> None:
        self._kubernetes = kubernetes

    @answers(ReadHelmHistory)
    def history(self, query: ReadHelmHistory, timeout_s: float) -> HelmHistory:
        """The revisions that Helm keeps.

        Raises:
            CannotLookError: they may not be listed, or are not what Helm writes.
        """
        parameters = {"labelSelector": f"owner=helm,name={query.release}", "fieldSelector": f"type={TYPE}"}
        body = self._kubernetes.get(f"/api/v1/namespaces/{query.namespace}/secrets", parameters, timeout_s)
        found = from_json(body, _Secrets).items
        records = [record_of(each.data.release) for each in found if each.type == TYPE]
        return HelmHistory(tuple(sorted(records, key=lambda record: record.revision)))


def record_of(text: str) -> ReleaseRecord:
    """A record as Helm writes it: JSON, packed, as text, and that again as a Secret's data.

    Raises:
        CannotLookError: it is something else.
    """
    try:
        packed = base64.b64decode(base64.b64decode(text))
        plain = zlib.decompressobj(wbits=31).decompress(packed, LARGEST) if packed[:2] == b"\x1f\x8b" else packed
        record = from_json(plain, _Record)
        objects = tuple(_objects(record.manifest))
    except (binascii.Error, zlib.error, msgspec.DecodeError, ValueError):
        # The reason may quote what was read.
        raise NoAnswerError("a record of the release is not as Helm writes it") from None
    chart = record.chart.metadata
    return ReleaseRecord(
        revision=record.version,
        status=record.info.status,
        chart=f"{chart.name}-{chart.version}",
        app_version=chart.app_version,
        first_deployed=_time(record.info.first_deployed),
        last_deployed=_time(record.info.last_deployed),
        description=record.info.description,
        objects=objects,
    )


def _objects(manifest: str) -> Iterator[MadeObject]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for thing in yaml.load_all(manifest, Loader=loader):
            if isinstance(thing, dict) and thing.get("kind") not in {None, "Secret"}:
                yield _object(thing)
    except (yaml.YAMLError, AttributeError, TypeError):
        raise ValueError("no manifest") from None


def _object(thing: dict[str, Any]) -> MadeObject:
    metadata, spec = thing.get("metadata") or {}, thing.get("spec") or {}
    pods = ((spec.get("template") or {}).get("spec") or {}) if isinstance(spec, dict) else {}
    return MadeObject(
        kind=str(thing["kind"]),
        name=str(metadata.get("name", "")),
        namespace=str(metadata.get("namespace") or ""),
        replicas=spec.get("replicas") if pods else None,
        containers=tuple(_container(each) for each in pods.get("containers") or ()),
    )


def _container(thing: dict[str, Any]) -> MadeContainer:
    return MadeContainer(
        name=str(thing.get("name", "")),
        image=str(thing.get("image", "")),
        variables=tuple(str(each.get("name", "")) for each in thing.get("env") or ()),
        resources=cast(Resources, from_plain(_quantities(thing.get("resources") or {}), Resources)),
    )


def _quantities(resources: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Requests and limits as text, because YAML takes `cpu: 1` for a number."""
    return {
        part: {name: str(value) for name, value in (resources.get(part) or {}).items()}
        for part in ("requests", "limits")
    }


def _time(text: str) -> datetime | None:
    try:
        return cast(datetime, from_plain(text, datetime)) if text else None
    except msgspec.ValidationError:
        return None
