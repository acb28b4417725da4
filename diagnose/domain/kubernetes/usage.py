"""The memory usage of containers, by their control group or the metrics API."""

from collections.abc import Iterable, Iterator

import msgspec

from diagnose.check.api import Code, Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.exit_codes import raise_limit
from diagnose.model.report import Evidence, Finding, Step
from diagnose.queries.query import NotFoundError
from diagnose.resources import Pod, PodUsage, quantities


class Memory(msgspec.Struct, frozen=True, kw_only=True):
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


def usage_by_pod(ctx: Context) -> dict[str, PodUsage]:
    """Returns what the metrics API reports, by the names of pods.

    Raises:
        NotApplicableError: the cluster has none.
        NoAnswerError: it may not be read.
    """
    try:
        return {each.name: each for each in ctx.list(PodUsage, ctx.target.namespace)}
    except NotFoundError as error:
        raise NotApplicableError(f"the cluster serves no metrics API ({error})") from error


def metered_memory(pods: Iterable[Pod], usage: dict[str, PodUsage]) -> Iterator[Memory]:
    """Yields the memory usage of all containers of pods by the metrics API."""
    for pod in pods:
        reported = usage[pod.name].containers if pod.name in usage else ()
        known = {each.name: quantities.parse(each.usage.get("memory", "")) for each in reported}
        for container in pod.spec.running_containers:
            limit, used = quantities.parse(container.resources.limits.get("memory", "")), known.get(container.name)
            if limit and used is not None:
                yield Memory(pod=pod, container=container.name, used=float(used), limit=float(limit))


def show_usage(ctx: Context) -> Step:
    """Returns the step that shows the usage of the pods."""
    return Step("Read the pods' usage.", kubectl.top_pods("--containers", namespace=ctx.target.namespace))


def some_pods(names: tuple[str, ...], of: int) -> str:
    """Returns some of so many pods as text: the name where there is only one."""
    return f"pod {names[0]}" if of == 1 else f"{len(names)} of {of} pods"


def near_limit(
    ctx: Context, code: Code, high: list[Memory], of: int, evidence: tuple[Evidence, ...], follows: str = ""
) -> Finding:
    """Returns the finding about a container of some of so many pods, the highest usage first."""
    top, names = high[0], tuple(each.pod.name for each in high)
    limit = top.pod.spec.limit(top.container, "memory")
    return code.finding(
        f"Container {top.container} of {some_pods(names, of)} uses {percent(top.share)} of its memory limit of "
        f"{limit or top.text}{follows}.",
        raise_limit(ctx, top.container, limit),
        show_usage(ctx),
        pods=names,
        evidence=evidence,
    )


def percent(share: float) -> str:
    """Returns a share as a percentage."""
    return f"{share * 100:.0f} %"
