"""Does the kernel kill processes of a container that runs on? Kubernetes sees the end of a container's first one alone.

The control group of a container counts the processes that were killed at its memory limit.
"""

import re
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, SurveyResult, grouped
from diagnose.check.reads import EXEC, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.exit_codes import raise_limit
from diagnose.domain.kubernetes.pods import container_log, counted
from diagnose.model.report import Evidence, Finding, Severity, Step, Vantage
from diagnose.queries.query import NoProgramError
from diagnose.text.patterns import lazy

KILLED = Code(
    id="workload.child-oom-killed",
    meaning="The kernel kills processes of a container at its memory limit, but not the first one, so the container "
    "runs on and nothing reports it: not its status, no event. Its work fails, or begins anew repeatedly.",
    fix="Raise the memory limit, or let the program run fewer processes at the same time.",
)
LATELY_S = 600.0
# As programs report the end of a child: by the signal, by its negative number, or by a shell's exit code.
_REPORTED = lazy(
    r"SIGKILL|signal(?: |=|: ?)9\b|(?<![\w.])-9\b|\b(?:code|status|with)\W{0,3}137\b|\bkilled\b|out of memory|OOM",
    re.IGNORECASE,
)
GROUP = "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports running containers in which processes were killed: as a failure where a log shows that it goes on."""
    try:
        surveys = ctx.surveys()
    except NoProgramError as error:
        raise NotApplicableError(f"no container has a program that reads its control group ({error})") from error
    if not surveys:
        raise NotApplicableError("no container runs")
    killed = [each for each in surveys if each.answer.process.oom_kills]
    for container, found in grouped((each.container, each) for each in killed).items():
        yield _finding(ctx, container, found)


def _finding(ctx: Context, container: str, found: list[SurveyResult]) -> Finding:
    top = max(found, key=lambda each: each.answer.process.oom_kills or 0)
    names, limit = tuple(each.pod.name for each in found), top.pod.spec.limit(container, "memory")
    times = top.answer.process.oom_kills or 0
    count = "one process" if times == 1 else f"{times} processes"
    show = kubectl.run_in(top.pod.name, "sh", "-c", GROUP, namespace=ctx.target.namespace, container=container)
    seen = ctx.record_evidence(f"pod {top.pod.name}, {container}", f"oom_kill {times}", Vantage.POD, show)
    reported = _reported(ctx, container, names)
    at = f"at its memory limit of {limit}" if limit else "for want of memory"
    return KILLED.finding(
        f"The kernel has killed {count} of container {container} of {counted(names)} {at}; the container runs on.",
        raise_limit(ctx, container, limit),
        Step("Read how often.", show),
        pods=names,
        evidence=(seen, *reported),
        severity=None if reported else Severity.WARNING,
    )


def _reported(ctx: Context, container: str, pods: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Returns the latest line of a log about a process that was killed, none where that is some time ago."""
    for pod in ctx.target.pods:
        log = container_log(ctx, pod, container) if pod.name in pods else None
        for line in reversed(log.text.lines if log else ()):
            if line.at is None or ctx.age(line.at).total_seconds() > LATELY_S:
                break
            if log and _REPORTED.search(line.text[:1000]):
                source = f"pod {pod.name}, {container}"
                return (ctx.record_evidence(source, line.text.strip()[:300], command=log.command),)
    return ()


PROCESSES_SURVIVE = Check(
    id="workload.processes-survive",
    title="No process of a running container is killed for its memory",
    stage=stages.MEMORY,
    run=run,
    codes=(KILLED,),
    reads=(*EXEC, *optional(WORKER_LOGS)),
)
