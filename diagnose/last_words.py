"""What a container of a dependency said before it ended: why a server does not come up stands in its own log."""

import re

from diagnose.check.api import Context
from diagnose.logs.entries import telling
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.query import CannotLookError
from diagnose.resources import ContainerStatus, Pod
from diagnose.text.sentences import cut

SHOWN = 50
_PREFIX = re.compile(
    r"^(?:[\w:.+\-/]*\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,Z+\-]+ *|UTC |\[\d+\] |time=\S+ |level=\w+ |msg=|\[[\w ]+\] )+"
)


def last_words(ctx: Context, pods: list[Pod]) -> str:
    """The last line that tells why, of the first of these pods that ends again and again; in quotes, after a sign."""
    for pod in pods:
        for status in pod.status.container_statuses:
            if _crashes(status):
                line = _read(ctx, pod, status)
                return f': "{line}"' if line else ""
    return ""


def _crashes(status: ContainerStatus) -> bool:
    waits = status.state.waiting.reason if status.state.waiting else ""
    # Of one that was killed its log knows nothing.
    return waits == "CrashLoopBackOff" and status.last_end is not None and status.last_end.reason == "Error"


def _read(ctx: Context, pod: Pod, status: ContainerStatus) -> str:
    question = ReadLog(namespace=pod.metadata.namespace, pod=pod.name, container=status.name)
    try:
        text = ctx.ask(question)
    except CannotLookError:
        return ""
    told = telling(line.text.strip() for line in text.lines)
    if told:
        ctx.saw(f"log of pod {pod.name}, {status.name}", cut(told, 300), command=question.command)
    return cut(_PREFIX.sub("", told).strip('" '), SHOWN)
