"""What the end of a container means: exit codes in words."""

from diagnose.check import stages
from diagnose.check.api import Code, Context
from diagnose.model.report import Step
from diagnose.resources import Terminated, quantities

OOM = Code(
    id="workload.oom-killed",
    meaning="The kernel kills a container because it uses more memory than its limit allows. The log just stops.",
    fix="Raise the memory limit, or lower the worker's concurrency.",
)
AGENT_OOM = Code(
    id="workload.agent-oom-killed",
    meaning="The kernel kills the injected Vault agent at its own memory limit; the worker itself is not concerned.",
    fix="Raise the annotation vault.hashicorp.com/agent-limits-mem.",
)
KILLED = Code(
    id="workload.killed-at-start",
    meaning="The kubelet kills the worker because its liveness or startup probe fails. Until the start is complete "
    "nothing answers the probe.",
    fix="Find what the start waits for; see logs.startup-complete.",
    transient=True,
)
CRASHING = Code(
    id="workload.crash-looping",
    meaning="A container ends again and again, and nothing that was looked at says why.",
    fix="Read the end of the log of the run before.",
    transient=True,
)
POST_START = Code(
    id="workload.post-start-failed",
    meaning="The container's postStart hook fails, so the kubelet ends the container, though its program may be well. "
    "The hook runs at once, beside the program's own start, and its output is not kept in the log.",
    fix="Correct the hook, or take it away.",
    # The hook is part of the container's creation, whatever the program itself does.
    stage=stages.CONTAINER,
)
NO_ERROR = Code(
    id="process.ends-without-error",
    meaning="The worker's process ends with exit code 0, as if its work were done, so the kubelet starts it again and "
    "again. A command that starts the program in the background, or another program, does that.",
    fix="Let the container's command run the worker in the foreground, by exec.",
)
NATIVE = Code(
    id="process.native-crash",
    meaning="The process ends by a signal of its own native code, so no line of its log says why. A native module that "
    "does not fit the image or the processor does that.",
    fix="Go back to an image that ran, and see which native module changed.",
)
UNSETTLED = Code(
    id="process.unsettled-await",
    meaning="The program waits, where it is loaded, for something that nothing can bring about any more; node has "
    "nothing left to do and ends with exit code 13.",
    fix="Read the last line of the log: what comes after it in the program is what never comes.",
)
_WORDS = {
    0: "as if its work were done",
    1: "the program gave up",
    126: "its program may not be executed",
    127: "its program is not in the image",
    128: "its program could not be started",
    132: "it crashed in native code",
    134: "it aborted",
    135: "it crashed in native code",
    136: "it crashed in native code",
    137: "it was killed",
    139: "it crashed in native code",
    143: "it was asked to end",
}


# Of node, and of the shell that reads the agent's files before it starts node.
_OF_NODE = {
    2: "its shell could not read a file",
    9: "node did not understand an option",
    13: "the program waited for something that never came",
    134: "it aborted, as node does at its heap limit",
}


def is_oom(end: Terminated) -> bool:
    """Whether the kernel killed the container at its memory limit."""
    return end.reason == "OOMKilled"


def speaking(end: Terminated, runtime: str = "node") -> Code | None:
    """What an exit code says that no line of a log does; None for codes that many things end with."""
    match end.exit_code:
        case 0:
            return NO_ERROR
        case 13 if runtime == "node":
            return UNSETTLED
        case 132 | 134 | 135 | 136 | 139:
            return NATIVE
        case _:
            return None


def words(end: Terminated, runtime: str = "node") -> str:
    """How a container ended: "exit code 1, the program gave up"."""
    if is_oom(end):
        return "OOMKilled at its memory limit"
    known = {**_WORDS, **_OF_NODE} if runtime == "node" else _WORDS
    meaning = known.get(end.exit_code, "")
    return f"exit code {end.exit_code}{f', {meaning}' if meaning else ''}"


def doubled(limit: str) -> str:
    """Twice a limit, "NEW_VALUE" where there is none."""
    amount = quantities.parse(limit)
    return "NEW_VALUE" if amount is None else quantities.to_text(amount * 2, like=limit)


def raise_limit(ctx: Context, code: Code, container: str, limit: str) -> Step:
    """The step that gives a container more memory."""
    amount = doubled(limit)
    if code is OOM:
        command = ctx.owner.set_resources(container, f"--limits=memory={amount}")
        return Step(text="Give it twice the memory.", command=command, changes="the Deployment")
    command = ctx.owner.annotate_template({"vault.hashicorp.com/agent-limits-mem": amount})
    return Step(text="Give the agent twice the memory.", command=command, changes="the Deployment")
