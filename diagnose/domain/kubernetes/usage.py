"""The memory usage of containers, by their control group or the metrics API."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.check.api import Context
from diagnose.resources import Pod, quantities


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The used memory of a container and its limit, in bytes."""

    pod: Pod
    container: str
    used: float
    limit: float

    @property
    def share(self) -> float:
        """The used share of the limit, 0 to 1."""
        return self.used / self.limit

    @property
    def text(self) -> str:
        """The usage as text: "212Mi of 256Mi"."""
        return f"{quantities.in_mebibytes(self.used)} of {quantities.in_mebibytes(self.limit)}"


def surveyed_memory(ctx: Context) -> Iterator[Memory]:
    """Yields the memory usage in the exec surveys of ready pods; others may use more for a moment.

    Raises:
        NoAnswerError: no exec survey succeeded.
    """
    for each in ctx.surveys():
        process = each.answer.process
        if each.pod.ready and process.memory is not None and process.memory_limit:
            yield Memory(pod=each.pod, container=each.container, used=process.memory, limit=process.memory_limit)


def percent(share: float) -> str:
    """Returns a share as a percentage."""
    return f"{share * 100:.0f} %"
