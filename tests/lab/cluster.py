"""The cluster under test, spoken to by kubectl alone."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

CALL_LIMIT_S = 60.0


class LabError(Exception):
    """A command failed, or the cluster did not reach a state in time; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A cluster that KUBECONFIG leads to, and what was there before a fault.

    `memory` holds what healing needs, such as a password that a fault replaces; it never reaches a disk.
    """

    memory: dict[str, str] = field(default_factory=dict)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints.

        Raises:
            LabError: kubectl failed; the message is what it wrote to stderr.
        """
        done = _kubectl(arguments, stdin)
        if done.returncode:
            raise LabError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def try_kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints, also when it fails: of a failure, its stdout."""
        return _kubectl(arguments, stdin).stdout

    def item(self, namespace: str, kind: str, name: str) -> JsonObject:
        """One object."""
        found: JsonObject = json.loads(self.kubectl("-n", namespace, "get", kind, name, "-o", "json"))
        return found

    def items(self, namespace: str, kind: str, selector: str = "") -> list[JsonObject]:
        """All objects of a kind in a namespace."""
        chosen = ("-l", selector) if selector else ()
        found: list[JsonObject] = json.loads(self.kubectl("-n", namespace, "get", kind, *chosen, "-o", "json"))["items"]
        return found

    def patch(self, namespace: str, kind: str, name: str, change: Mapping[str, Any]) -> None:
        """Change an object by a strategic merge patch."""
        self.kubectl("-n", namespace, "patch", kind, name, "-p", json.dumps(change))

    def scale(self, namespace: str, workload: str, replicas: int) -> None:
        """Set the replicas of a workload, and wait until as many are ready and no pod is left over."""
        self.kubectl("-n", namespace, "scale", workload, f"--replicas={replicas}")
        wait_until(f"{workload} has {replicas} ready", lambda: self._has(namespace, workload, replicas), seconds=120)

    def _has(self, namespace: str, workload: str, replicas: int) -> bool:
        kind, _, name = workload.partition("/")
        found = self.item(namespace, kind, name)
        status = found["status"]
        labels = found["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        # The pods are counted too: a terminating one still answers, though the status says 0.
        return (
            status.get("observedGeneration") == found["metadata"]["generation"]
            and status.get("readyReplicas", 0) == replicas
            and len(self.items(namespace, "pods", selector)) == replicas
        )


def wait_until(what: str, holds: Callable[[], bool], *, seconds: float, every: float = 1.0) -> float:
    """Wait until it holds, and return the seconds that this took.

    Raises:
        LabError: it did not hold in time.
    """
    started = time.monotonic()
    while True:
        # A cluster in a fault may fail to answer for a moment: only the deadline decides.
        error: LabError | None = None
        try:
            if holds():
                return time.monotonic() - started
        except LabError as caught:
            error = caught
        if time.monotonic() - started > seconds:
            reason = f" ({error})" if error else ""
            raise LabError(f"not within {seconds:.0f} s: {what}{reason}")
        time.sleep(every)


def _kubectl(arguments: tuple[str, ...], stdin: str | None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["kubectl", *arguments],
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=CALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"kubectl {' '.join(arguments)}: no answer in {CALL_LIMIT_S:.0f} s") from error
