"""What the end of a container means: exit codes in words."""

import json

from diagnose.check import Code, Context
from diagnose.model import Step
from diagnose.probes.messages import quantity, written
from diagnose.probes.objects import Terminated

OOM = Code(
    id="workload.oom-killed",
    meaning="The kernel kills the worker because it uses more memory than its limit allows. The log just stops.",
    fix="Raise the memory limit, or lower the worker's concurrency.",
)
AGENT_OOM = Code(
    id="workload.agent-oom-killed",
    meaning="The kernel kills an injected container at its own memory limit; the worker itself is not concerned.",
    fix="Raise the annotation vault.hashicorp.com/agent-limits-mem.",
)
KILLED = Code(
    id="workload.killed-at-start",
    meaning="The kubelet kills the worker because its liveness or startup probe fails. Until the start is complete "
    "nothing answers the probe.",
    fix="Find what the start waits for; see logs.startup-complete.",
)
CRASHING = Code(
    id="workload.crash-looping",
    meaning="A container ends again and again, and nothing that was looked at says why.",
    fix="Read the end of the log of the run before.",
)
EVICTED = Code(
    id="workload.pod-failed",
    meaning="The pod has ended for good, mostly because its node evicted it; a Deployment makes another in its place.",
    fix="Remove the reason that the pod's message gives.",
)

_WORDS = {
    1: "the program gave up",
    2: "its shell could not read a file",
    9: "node did not understand an option",
    13: "the program waited for something that never came",
    126: "its program may not be executed",
    127: "its program is not in the image",
    128: "its program could not be started",
    134: "it aborted, as node does at its heap limit",
    137: "it was killed",
    139: "it crashed in native code",
    143: "it was asked to end",
}


def is_oom(end: Terminated) -> bool:
    """Whether the kernel killed the container at its memory limit."""
    return end.reason == "OOMKilled"


def words(end: Terminated) -> str:
    """How a container ended: "exit code 1, the program gave up"."""
    if is_oom(end):
        return "killed at its memory limit"
    meaning = _WORDS.get(end.exit_code, "")
    return f"exit code {end.exit_code}{f', {meaning}' if meaning else ''}"


def doubled(limit: str) -> str:
    """Twice a limit, "NEW_VALUE" where there is none."""
    amount = quantity(limit)
    return "NEW_VALUE" if amount is None else written(amount * 2, like=limit)


def raise_limit(ctx: Context, code: Code, container: str, limit: str) -> Step:
    """The step that gives a container more memory."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    amount = doubled(limit)
    if code is OOM:
        command = f"kubectl -n {namespace} set resources deployment/{workload} -c {container} --limits=memory={amount}"
        return Step(text="Give it twice the memory.", command=command, changes="the Deployment")
    notes = {"vault.hashicorp.com/agent-limits-mem": amount}
    patch = json.dumps({"spec": {"template": {"metadata": {"annotations": notes}}}}, separators=(",", ":"))
    command = f"kubectl -n {namespace} patch deployment {workload} -p '{patch}'"
    return Step(text="Give the agent twice the memory.", command=command, changes="the Deployment")
