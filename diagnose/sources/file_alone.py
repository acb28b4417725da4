"""The source of a run that has a manifest and no cluster."""

from typing import Any

from diagnose.queries.manifest import Manifest, ReadManifest
from diagnose.queries.query import NoAnswerError, Query
from diagnose.queries.registry import QueryRegistry
from diagnose.sources.registry import RegistrySource
from diagnose.sources.usage import Counter

OFFLINE = "offline: nothing of a cluster was read"


class FileSource:
    """Answers from the manifest, and of registries where that was requested; all else needs the cluster.

    Attributes:
        why: the error of everything that needs the cluster.
    """

    def __init__(self, manifest: Manifest, counter: Counter, why: NoAnswerError) -> None:
        self._manifest = manifest
        self._registry = RegistrySource(counter)
        self._why = why

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """Returns the manifest, or what a registry has.

        Raises:
            NoAnswerError: the query needs the cluster.
        """
        match query:
            case ReadManifest():
                return self._manifest
            case QueryRegistry():
                return self._registry.answer(query, timeout_s)
            case _:
                raise type(self._why)(str(self._why))
