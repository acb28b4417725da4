"""Helm's release records, which are Secrets: they are decoded here, and only what checks may read is passed on."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from diagnose.queries.helm import HelmHistory, ManifestContainer, ManifestObject, ReadHelmHistory, ReleaseRecord
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Object, Resources
from diagnose.sources.kubernetes.objects import KubernetesSource
from diagnose.sources.source import answers
from diagnose.text import times
from diagnose.text.decoding import from_json, from_plain

TYPE = "helm.sh/release.v1"
# A record is at most 1 MiB; one that unpacks to more than this is not Helm's.
LARGEST = 32 * 1024 * 1024


class _Data(msgspec.Struct, frozen=True):
    release: str = ""


class _Secret(Object, frozen=True):
    group = "/api/v1"
    plural = "secrets"
    api_kind = "Secret"
    type: str = ""
    data: _Data = _Data()


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
    """The decoded part of a record; the decoder drops all other fields, in particular `config`."""

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
        """Returns the revisions that Helm has stored.

        Raises:
            NoAnswerError: they may not be listed, or are invalid.
        """
        secrets = ListObjects(
            kind=_Secret, namespace=query.namespace, selector=f"owner=helm,name={query.release}", fields=f"type={TYPE}"
        )
        pages = self._kubernetes.list(secrets, timeout_s)
        records = [record_of(each.data.release) for page in pages for each in page.complete if each.type == TYPE]
        return HelmHistory(tuple(sorted(records, key=lambda record: record.revision)))


def record_of(text: str) -> ReleaseRecord:
    """Decodes a record: JSON, compressed, base64, and base64 again as data of a Secret.

    Raises:
        NoAnswerError: it is invalid.
    """
    try:
        packed = base64.b64decode(base64.b64decode(text))
        plain = zlib.decompressobj(wbits=31).decompress(packed, LARGEST) if packed[:2] == b"\x1f\x8b" else packed
        record = from_json(plain, _Record)
        objects = tuple(_objects(record.manifest))
    except (binascii.Error, zlib.error, msgspec.DecodeError, ValueError):
        # The error may quote the content.
        raise NoAnswerError("a record of the release is invalid") from None
    chart = record.chart.metadata
    return ReleaseRecord(
        revision=record.version,
        status=record.info.status,
        chart=f"{chart.name}-{chart.version}",
        app_version=chart.app_version,
        first_deployed=times.parse(record.info.first_deployed),
        last_deployed=times.parse(record.info.last_deployed),
        description=record.info.description,
        objects=objects,
    )


def _objects(manifest: str) -> Iterator[ManifestObject]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for thing in yaml.load_all(manifest, Loader=loader):
            if isinstance(thing, dict) and thing.get("kind") not in {None, "Secret"}:
                yield _object(thing)
    except (yaml.YAMLError, AttributeError, TypeError):
        raise ValueError("no manifest") from None


def _object(thing: dict[str, Any]) -> ManifestObject:
    metadata, spec = thing.get("metadata") or {}, thing.get("spec") or {}
    pods = ((spec.get("template") or {}).get("spec") or {}) if isinstance(spec, dict) else {}
    return ManifestObject(
        kind=str(thing["kind"]),
        name=str(metadata.get("name", "")),
        namespace=str(metadata.get("namespace") or ""),
        replicas=spec.get("replicas") if pods else None,
        containers=tuple(_container(each) for each in pods.get("containers") or ()),
    )


def _container(thing: dict[str, Any]) -> ManifestContainer:
    return ManifestContainer(
        name=str(thing.get("name", "")),
        image=str(thing.get("image", "")),
        variables=tuple(str(each.get("name", "")) for each in thing.get("env") or ()),
        resources=cast(Resources, from_plain(_quantities(thing.get("resources") or {}), Resources)),
    )


def _quantities(resources: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Returns requests and limits as text, because YAML parses `cpu: 1` as a number."""
    return {
        part: {name: str(value) for name, value in (resources.get(part) or {}).items()}
        for part in ("requests", "limits")
    }
