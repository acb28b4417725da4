"""Counts the requests of a run."""

import threading

from diagnose.model.report import Usage


class Counter:
    """Thread-safe counters of API requests, commands in pods and probes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {"api": 0, "exec": 0, "probe": 0}

    def api(self) -> None:
        """Counts a request to the Kubernetes API."""
        self._add("api")

    def exec(self) -> None:
        """Counts a command in a container."""
        self._add("exec")

    def probe(self) -> None:
        """Counts a request to a dependency."""
        self._add("probe")

    @property
    def usage(self) -> Usage:
        """The counts so far."""
        with self._lock:
            return Usage(api_calls=self._counts["api"], exec_calls=self._counts["exec"], probes=self._counts["probe"])

    def _add(self, kind: str) -> None:
        with self._lock:
            self._counts[kind] += 1
