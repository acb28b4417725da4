"""Can the containers be created? A missing Secret, ConfigMap or key belongs to secrets.references-resolve.

What the kubelet's errors mean where it cannot create or start a container, and their fixes.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import EVENTS, EXEC
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.exit_codes import is_oom_at_start
from diagnose.domain.kubernetes.pods import CREATE_REASONS, counted, describe_pod, event_evidence, events_about, pods_of
from diagnose.domain.kubernetes.security_context import patch_step
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, ContainerStatus, Event, Pod
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import MAX_LENGTH, truncate

NON_ROOT = Code(
    id="workload.run-as-non-root",
    meaning="The pod must not run as root (runAsNonRoot), and the image's user is root, or a name instead of a number, "
    "which the kubelet cannot verify (CreateContainerConfigError).",
    fix="Set securityContext.runAsUser to the number of the image's user.",
)
NO_ENTRYPOINT = Code(
    id="workload.entrypoint-not-found",
    meaning="The image does not contain the program of the container's command, or its directory is missing.",
    fix="Correct the command in the Deployment, or the image.",
)
NOT_EXECUTABLE = Code(
    id="workload.entrypoint-not-executable",
    meaning="The program of the container's command is not executable, or is built for another architecture.",
    fix="Correct the image.",
)
SUB_PATH = Code(
    id="workload.sub-path-failed",
    meaning="A subPath of a volume cannot be prepared for the container.",
    fix="Correct the subPath of the mount, or what it points to.",
)
MOUNT = Code(
    id="workload.mount-mismatch",
    meaning="A volume, or the subPath of one, cannot be mounted at its path: one of the two is a file and the other a "
    "directory, or the path's directory cannot be created. A subPath that the volume does not have becomes an empty "
    "directory.",
    fix="Correct the subPath or the mountPath of the mount, or the source of the volume.",
)
SANDBOX = Code(
    id="workload.sandbox-failed",
    meaning="The node cannot create the pod's sandbox, usually because its network plugin fails or has no free "
    "address, or because the pod's template has what the node cannot give it, such as a host name that is too long.",
    fix="Repair the network plugin on the node, or correct the template, as the message says.",
    transient=True,
    template=("sandbox", "security", "ports", "dns"),
)
OTHER = Code(
    id="workload.container-not-created",
    meaning="The kubelet cannot create or start the container, for the reason quoted.",
    fix="Fix the cause that the message names.",
    transient=True,
)
CODES = (NON_ROOT, NO_ENTRYPOINT, NOT_EXECUTABLE, SUB_PATH, MOUNT, SANDBOX, OTHER)
_REFERENCE = lazy(r'(?:secret|configmap) "[^"]+" not found|couldn\'t find key', re.IGNORECASE)
RECENT_S, TRANSIENT_S = 300.0, 60.0
MISSING = "failed to find plugin"
_NO_PLUGIN = lazy(rf'{MISSING} "(?P<plugin>[^"]{{1,100}})" in path \[(?P<path>[^\]]{{1,200}})\]')
_OF_NETWORK = lazy(r"(?i)\bCNI\b|network plugin|setup network|plugin type=|assign an IP|no (?:free )?IP")
_MOUNT = r'error mounting .{0,400}? to rootfs at "(?P<path>[^"]+)"'
# The program that is executed, and not the file of a process's next profile, /proc/self/attr/exec.
_EXEC = r"(?:(?<![/\w])exec:?|fork/exec) [^\n]{0,400}?"
_PATTERNS = (
    (NON_ROOT, r"runAsNonRoot|breaks non-root policy"),
    (MOUNT, _MOUNT),
    (SUB_PATH, r"subPath"),
    # Of a file that is not the program, such as a seccomp profile or a device, the runtime says the same.
    (NOT_EXECUTABLE, rf"{_EXEC}(?:permission denied|exec format error)"),
    (NO_ENTRYPOINT, rf"{_EXEC}(?:no such file or directory|executable file not found)"),
)


def code_of(message: str) -> Code:
    """Returns the code of a message."""
    return next((code for code, pattern in _PATTERNS if re.search(pattern, message)), OTHER)


def describe(code: Code, message: str, container: Container) -> str:
    """Describes the error, to follow "it"."""
    if code is MOUNT:
        return _mount(message, container)
    user = re.search(r"non-numeric user \((?P<user>[^)]{0,100})\)", message)
    program = re.search(r'exec: "(?P<program>[^"]+)"', message)
    if code is NON_ROOT:
        name = f'runs as user "{user["user"]}", and runAsNonRoot needs a number' if user else ""
        return name or "would run as root, which runAsNonRoot forbids"
    if code in {NO_ENTRYPOINT, NOT_EXECUTABLE} and program:
        problem = "does not exist in the image" if code is NO_ENTRYPOINT else "cannot be executed"
        return f"starts {program['program']}, which {problem}"
    # The reason comes last, before the kubelet's note of which container it concerns.
    reason = one_line(message)
    reason = reason.partition(" (pod: ")[0] if reason.endswith(")") else reason
    return f"cannot be created ({'…' if len(reason) > 70 else ''}{reason[-70:]})"


def _mount(message: str, container: Container) -> str:
    path = (re.search(_MOUNT, message, re.DOTALL) or {"path": ""})["path"]
    mount = next((each for each in container.volume_mounts if each.mount_path == path), None)
    what = f"volume {mount.name}" if mount else "a volume"
    if mount and mount.sub_path:
        what = f"{mount.sub_path} of {what}"
    # The message does not report which of the two is the directory.
    why = " (file vs. directory)" if "a directory" in message else ""
    return f"cannot mount {what} at {path}{why}"


def sandbox_reason(message: str, pod: str) -> str:
    """Returns why the sandbox of a pod cannot be created, from the message of a FailedCreatePodSandBox event."""
    # The sentence has the pod's name already.
    plain = " ".join(word for word in one_line(message).split(" ") if not word.startswith(f"{pod}."))
    found = re.search(
        r"plugin type=(?:(?! in path).){0,200}|(?:failed to|no runtime for) (?!create pod sandbox|setup network).*",
        plain,
    )
    return truncate(found[0] if found else plain.rpartition("desc = ")[2], 85)


def _user(ctx: Context, pod: Pod, container: str) -> int | None:
    """Returns the number of the user that a container of the same image runs as in another pod; None if unknown."""
    image = pod.template.spec.image(container)
    same = (each for each in ctx.detail(ctx.surveys) or () if each.container == container)
    users = (each.answer.process.uid for each in same if each.pod.template.spec.image(container) == image)
    return next((user for user in users if user), None)


def first_step(ctx: Context, code: Code, pod: Pod, container: str) -> Step:
    """Returns the step that fixes it, or that finds out more."""
    namespace = ctx.target.namespace
    if code is NON_ROOT:
        if user := _user(ctx, pod, container):
            text = "Set the number of the image's user, as its process has it."
            return patch_step(ctx, text, [container], {"runAsUser": user})
        if ready := next(iter(ctx.target.ready_pods), None):
            return Step(
                "Read the numeric user id in a running pod, then set it as securityContext.runAsUser.",
                kubectl.run_in(ready.name, "id", "-u", namespace=namespace, container=container),
            )
        # The value to fill in is a number, which JSON has without quotes.
        change = {"spec": {"template": {"spec": {"securityContext": {"runAsUser": "NEW_VALUE"}}}}}
        return Step(
            "Set the numeric id of the image's user.",
            ctx.owner.patch(change).fill('"NEW_VALUE"', "NEW_VALUE"),
            changes="the Deployment",
        )
    if ctx.target.ready_pods:
        return Step(
            "Roll back to the pod template of the running pods.", ctx.owner.rollout("undo"), changes="the Deployment"
        )
    return Step(
        "Read the container's command and mounts.", kubectl.get("pod", pod.name, namespace=namespace, output="yaml")
    )


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each container and message, with all its pods, and for sandboxes that cannot be created."""
    grouped: dict[tuple[str, str], list[Pod]] = {}
    for pod in pods_of(ctx):
        statuses = pod.status.all_container_statuses
        for status in statuses:
            message = _refusal(status)
            if message and not _REFERENCE.search(message) and not is_oom_at_start(status):
                grouped.setdefault((status.name, message), []).append(pod)
        if all(each.state.running is None and each.last_end is None for each in statuses):
            failed = events_about(ctx, pod, "FailedCreatePodSandBox", "NetworkNotReady", within_s=RECENT_S)
            if failed and _is_permanent(ctx, failed):
                seen = event_evidence(ctx, pod, failed[-1])
                yield _of_sandbox(ctx, pod, failed[-1].message, seen)
    for (container, message), pods in grouped.items():
        code = code_of(message)
        seen = ctx.record_evidence(f"pod {pods[0].name}, {container}", truncate(message, 300))
        spec = next(each for each in pods[0].spec.all_containers if each.name == container)
        why = f"is in {_reason(pods[0], container)}: it {describe(code, message, spec)}."
        summary = f"Container {container} of {counted([pod.name for pod in pods])} {why}"
        if len(summary) > MAX_LENGTH:
            summary = f"Container {container} {why}"
        yield _finding(ctx, code, summary, container, pods, seen)


def _of_sandbox(ctx: Context, pod: Pod, message: str, seen: Evidence) -> Finding:
    """Returns the finding about a sandbox; where the node's network fails, with the plugin that it lacks."""
    node, why = pod.spec.node_name, sandbox_reason(message, pod.name)
    conditions = Step("Read the node's conditions.", kubectl.describe("node", node))
    events = Step("Read the events.", describe_pod(ctx, pod.name))
    code, steps = SANDBOX, [conditions, events]
    if missing := _NO_PLUGIN.search(message):
        why = f"its network plugin {missing['plugin']} is not in {missing['path']}"
        place = f"{missing['path']} of {node}"
        act = f"Install {missing['plugin']} in {place}, or correct the node's CNI configuration, which names it."
        code = replace(code, fix=act)
    if _OF_NETWORK.search(message):
        fields = f"spec.nodeName={node}"
        own = kubectl.get("pods", everywhere=True, fields=fields, output="wide")
        steps = [Step(f"Show what runs on {node}, the pods of its network plugin among it.", own), *steps]
    summary = f"Node {node} cannot create a sandbox for pod {pod.name}: {why}."
    return code.finding(summary, *steps, pods=(pod.name,), evidence=(seen,))


def _is_permanent(ctx: Context, failed: tuple[Event, ...]) -> bool:
    """Whether the failure does not pass by itself.

    One failure is transient while the network plugin itself starts, but not where the node has no such plugin: the
    incomplete sandbox of a missing plugin cannot be deleted either, so no second one is tried.
    """
    repeated = sum(each.occurrences for each in failed) > 1
    return repeated or MISSING in failed[-1].message or ctx.age(failed[-1].seen_at).total_seconds() > TRANSIENT_S


def _refusal(status: ContainerStatus) -> str:
    """Returns why a container could not be created or started, "" where it could."""
    waiting, ended = status.state.waiting, status.last_end
    if waiting and waiting.reason in CREATE_REASONS:
        return waiting.message or waiting.reason
    if ended and ended.reason in CREATE_REASONS and status.state.running is None:
        return ended.message or ended.reason
    return ""


def _reason(pod: Pod, container: str) -> str:
    """Returns the container's status as `kubectl get pods` shows it."""
    status = pod.container_status(container)
    waiting, ended = (status.state.waiting, status.last_end) if status else (None, None)
    return waiting.reason if waiting else ended.reason if ended else "CreateContainerError"


def _finding(ctx: Context, code: Code, summary: str, container: str, pods: list[Pod], seen: Evidence) -> Finding:
    names = tuple(pod.name for pod in pods)
    events = Step("Read the events.", describe_pod(ctx, names[0]))
    return code.finding(summary, first_step(ctx, code, pods[0], container), events, pods=names, evidence=(seen,))


CONTAINER_CREATED = Check(
    id="workload.container-created",
    title="The containers can be created",
    stage=stages.CONTAINER,
    run=run,
    codes=CODES,
    reads=optional(EVENTS, EXEC),
)
