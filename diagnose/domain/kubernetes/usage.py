"""How much of its memory and CPU a container uses, as its control group or the metrics API tells it."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.check.api import Context
from diagnose.resources import Pod, quantities


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a container of a pod has in use, of how much; in bytes."""

    pod: Pod
    container: str
    used: float
    limit: float

    @property
    def share(self) -> float:
        """How much of the limit is in use, 0 to 1."""
        return self.used / self.limit

    @property
    def told(self) -> str:
        """It in words: "212Mi of 256Mi"."""
        return f"{quantities.in_mebibytes(self.used)} of {quantities.in_mebibytes(self.limit)}"


def surveyed_memory(ctx: Context) -> Iterator[Memory]:
    """What looks around found in pods that are ready; those that start or crash may use more for a moment.

    Raises:
        NoAnswerError: no container could be looked into.
    """
    for each in ctx.surveys():
        process = each.answer.process
        if each.pod.ready and process.memory is not None and process.memory_limit:
            yield Memory(pod=each.pod, container=each.container, used=process.memory, limit=process.memory_limit)


def percent(share: float) -> str:
    """A share as people write it."""
    return f"{share * 100:.0f} %"
