"""The meaning of terminated containers and their exit codes."""

import re

from diagnose.check import stages
from diagnose.check.api import Code, Context
from diagnose.domain.kubernetes.pods import CREATE_REASONS
from diagnose.model.report import Alternative, Step
from diagnose.resources import ContainerStatus, Pod, Terminated, quantities
from diagnose.target.pod_template import AGENT
from diagnose.text.patterns import lazy

OOM = Code(
    id="workload.oom-killed",
    meaning="A container is OOMKilled: the kernel kills it because it uses more memory than its limit. The log just "
    "stops.",
    fix="Raise the memory limit, or lower the worker's concurrency.",
    symptom=True,
    alternatives=(
        "The limit is too low for what the program always needs: compare with the usage of pods that run.",
        "The program loses memory, or got more work at once than before: see whether the usage grows with time.",
        Alternative("Files in a volume of medium Memory count, too: list the volumes.", "workload.memory-volume"),
    ),
)
MEMORY_VOLUME = Code(
    id="workload.memory-volume",
    meaning="A container is OOMKilled, and what uses its memory up are files: those of an emptyDir volume with medium "
    "Memory count against the limit of the container that wrote them, and they stay when it is started again.",
    fix="Put the volume on the node's disk, or give it a sizeLimit and the container that much more memory.",
)
AGENT_OOM = Code(
    id="workload.agent-oom-killed",
    meaning="The injected Vault agent is OOMKilled at its own memory limit; the worker itself is not affected.",
    fix="Raise the annotation vault.hashicorp.com/agent-limits-mem.",
    symptom=True,
    alternatives=(
        "The agent's limit is too low for its templates: compare with agents that run.",
        "The node itself has no memory left: its events show SystemOOM then.",
    ),
)
KILLED = Code(
    id="workload.killed-at-start",
    meaning="The kubelet kills the worker because its liveness or startup probe fails. Until the start is complete "
    "nothing answers the probe.",
    fix="Find what the start waits for; see logs.startup-complete.",
    symptom=True,
    alternatives=(
        Alternative(
            "The start waits for a server or a file: the log of the run that was killed ends before that step.",
            "logs.startup-hangs",
        ),
        Alternative(
            "The start is slow, and the probe does not wait for so long: compare with pods that run.",
            "health.start-too-slow",
        ),
        Alternative("The probe queries a port or a path that the program does not serve.", "health.port-mismatch"),
    ),
    transient=True,
)
CRASHING = Code(
    id="workload.crash-looping",
    meaning="A container crashes repeatedly (CrashLoopBackOff), and no check finds the cause.",
    fix="Read the end of the log of the previous run.",
    symptom=True,
    alternatives=(
        Alternative(
            "The program lacks a setting or a file: the log of the previous run names it.", "config.variable-missing"
        ),
        Alternative("A server that it needs does not answer: the log names the host.", "network.refused"),
        Alternative(
            "The image has another program, or an error: compare with the image that ran before.",
            "release.other-version",
        ),
    ),
    transient=True,
)
POST_START = Code(
    id="workload.post-start-failed",
    meaning="The container's postStart hook fails (PostStartHookError, CrashLoopBackOff), so the kubelet kills the "
    "container, though its program may be healthy. The hook runs in parallel to the program's own start, and its "
    "output is not in the log.",
    fix="Correct the hook, or remove it.",
    # The hook is part of the container's creation, whatever the program itself does.
    stage=stages.CONTAINER,
    template=stages.RUNNING.template,
)
NO_ERROR = Code(
    id="process.ends-without-error",
    meaning="The process exits with code 0: its command finishes instead of running on, so the kubelet restarts it "
    "repeatedly (CrashLoopBackOff). A command that starts the program in the background, or another program, causes "
    "that.",
    fix="Run the program in the foreground, by exec in the container's command.",
    symptom=True,
    alternatives=(
        "The command starts the program in the background, or another program that ends: read the command.",
        "The program got no work, or was stopped: the last lines of its log show it.",
    ),
)
NATIVE = Code(
    id="process.native-crash",
    meaning="The process crashes in native code (SIGSEGV, SIGABRT and the like), so its log has no cause. A native "
    "module that does not match the image or the processor causes that.",
    fix="Roll back to an image that ran, and find out which native module changed.",
    symptom=True,
    alternatives=(
        Alternative(
            "A native module does not match the image or the processor: compare with the image that ran before.",
            "process.not-loadable",
        ),
        Alternative(
            "The program reaches a limit of its own, such as V8's heap, and aborts: its last lines say so.",
            "process.heap-exhausted",
        ),
        "The node's memory is faulty: see whether it happens on other nodes.",
    ),
)
UNSETTLED = Code(
    id="process.unsettled-await",
    meaning="A top-level await of the program can never settle; node has nothing left to do and ends with exit code "
    "13.",
    fix="Read the last line of the log: the program waits for what follows it.",
    symptom=True,
    alternatives=(
        "What the program waits for never answers or is never called: the last line of its log is of the step before.",
        "A connection was closed without an error: see the log of what it connects to.",
    ),
)
_MEANINGS = {
    0: "its command finishes instead of running on",
    126: "its program may not be executed",
    127: "its program is not in the image",
    128: "its program could not be started",
    134: "it aborted",
    137: "it was killed",
    143: "it got SIGTERM",
    **dict.fromkeys((132, 135, 136, 139), "it crashed in native code"),
}

# Of node, and of the shell that reads the agent's files before it starts node.
_OF_NODE = {
    2: "its shell could not read a file",
    9: "node did not understand an option",
    13: "what the program awaited never came about",
    134: "it aborted, as node does at its heap limit",
}


_OOM_AT_START = lazy(r"OOM-killed|memory limit too low", re.IGNORECASE)
OFTEN = 2
SHORT_S, SOON_S = 600.0, 30.0
"""A run that is so short, or has just begun, says nothing about whether the container keeps running."""


def is_oom(end: Terminated) -> bool:
    """Whether the kernel killed the container at its memory limit."""
    return end.reason == "OOMKilled"


def is_oom_at_start(status: ContainerStatus) -> bool:
    """Whether a container is killed for memory before its program runs, which the runtime reports as its own error."""
    ends = (status.state.waiting, status.last_end)
    errors = [each.message for each in ends if each and each.reason in CREATE_REASONS]
    return status.state.running is None and any(_OOM_AT_START.search(each) for each in errors)


def is_looping(ctx: Context, status: ContainerStatus) -> bool:
    """Whether a container that runs at this moment is in a crash loop: it has not outlived its last short run."""
    end = status.last_state.terminated
    if end is None or status.restart_count < OFTEN or has_outlived(ctx, status):
        return False
    return status.state.running is not None and ctx.age(end.finished_at).total_seconds() <= SHORT_S


def has_outlived(ctx: Context, status: ContainerStatus) -> bool:
    """Whether a container runs for longer than its last run, unless that was a long one, too."""
    end, running = status.last_state.terminated, status.state.running
    if end is None or running is None:
        return False
    if not (end.started_at and end.finished_at):
        return True
    lived = (end.finished_at - end.started_at).total_seconds()
    return lived > SHORT_S or ctx.age(running.started_at).total_seconds() > max(OFTEN * lived, SOON_S)


def is_done(pod: Pod, status: ContainerStatus) -> bool:
    """Whether a container has ended well and is not started again, as that of a Job."""
    end = status.state.terminated
    return end is not None and end.exit_code == 0 and pod.spec.restart_policy != "Always"


def code_of(end: Terminated, runtime: str = "node") -> Code | None:
    """Returns the code of a specific exit code, None for general ones."""
    match end.exit_code:
        case 0:
            return NO_ERROR
        case 13 if runtime == "node":
            return UNSETTLED
        case 132 | 134 | 135 | 136 | 139:
            return NATIVE
        case _:
            return None


def describe(end: Terminated, runtime: str = "node") -> str:
    """Returns how a container ended, as text: "exit code 137, it was killed"."""
    if is_oom(end):
        return "OOMKilled at its memory limit"
    known = {**_MEANINGS, **_OF_NODE} if runtime == "node" else _MEANINGS
    meaning = known.get(end.exit_code, "")
    return f"exit code {end.exit_code}{f', {meaning}' if meaning else ''}"


def doubled(limit: str) -> str:
    """Returns twice a limit, "NEW_VALUE" without one."""
    amount = quantities.parse(limit)
    return "NEW_VALUE" if amount is None else quantities.to_text(amount * 2, like=limit)


def oom_code(container: str) -> Code:
    """Returns the code of a container that is OOMKilled."""
    return AGENT_OOM if container.startswith(AGENT) else OOM


def raise_limit(ctx: Context, container: str, limit: str) -> Step:
    """Returns the step that raises a container's memory limit."""
    amount = doubled(limit)
    if oom_code(container) is OOM:
        command = ctx.owner.set_resources(container, f"--limits=memory={amount}")
        return Step("Double the memory limit.", command, changes="the Deployment")
    command = ctx.owner.annotate_template({"vault.hashicorp.com/agent-limits-mem": amount})
    return Step("Double the agent's memory limit.", command, changes="the Deployment")
