"""The names of a kind's objects, for the completion of a shell: one short request."""

import time

import msgspec

from diagnose.sources.kubernetes.api import ApiClient, ApiRequest, Cluster, path_to
from diagnose.sources.kubernetes.objects import METADATA_ONLY
from diagnose.sources.usage import Counter

PAGE = 500


class _Metadata(msgspec.Struct, frozen=True):
    name: str = ""


class _Named(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()


class _Names(msgspec.Struct, frozen=True):
    items: list[_Named] = []


def names_of(cluster: Cluster, group: str, plural: str, namespace: str, timeout_s: float) -> list[str]:
    """Returns the names of the first objects of a kind; in no namespace where that is "".

    Raises:
        NoAnswerError: they cannot be listed in time (seconds).
    """
    path = path_to(group, namespace, plural)
    request = ApiRequest(what=f"list {plural}", path=path, parameters={"limit": PAGE}, accept=METADATA_ONLY)
    client = ApiClient(cluster, Counter())
    found = client.read(request, lambda body: body.decode(_Names), time.monotonic() + timeout_s)
    return [each.metadata.name for each in found.items]
