"""The restrictions of containers by their securityContext and that of the pod."""

from diagnose.check.api import Context, Missing, grouped
from diagnose.model.report import Step
from diagnose.resources import Container, PodSpec

MEASURES: dict[str, dict[str, object]] = {
    "runAsNonRoot": {"runAsNonRoot": True},
    "allowPrivilegeEscalation": {"allowPrivilegeEscalation": False},
    "capabilities.drop": {"capabilities": {"drop": ["ALL"]}},
    "seccompProfile": {"seccompProfile": {"type": "RuntimeDefault"}},
}
"""The requirements of Pod Security's level "restricted" for a container, by the name of the field."""
HARMLESS = {"NET_BIND_SERVICE"}


def runs_as(ctx: Context, container: Container) -> tuple[int | None, str]:
    """Returns the user of a container of the template and how that is known; None and why where it is unknown.

    Where the template has none, the worker's user comes from an exec survey of a pod.
    """
    pod, container_context = ctx.target.template.spec.security_context, container.security_context
    declared = pod.run_as_user if container_context.run_as_user is None else container_context.run_as_user
    if declared is not None:
        return declared, "by the pod template"
    if container.name != ctx.target.container.name:
        return None, "the image decides"
    current = {each.name for each in ctx.target.current_pods}
    surveyed = ctx.attempt(ctx.surveys)
    if isinstance(surveyed, Missing):
        return None, f"the image decides, and {surveyed.reason}"
    surveys = [each for each in surveyed if each.pod.name in current and each.container == container.name]
    found = next((each.answer.process.uid for each in surveys if each.answer.process.uid is not None), None)
    return (None, "the image decides, and no pod reports it") if found is None else (found, "by its process")


def host_access(spec: PodSpec) -> tuple[str, ...]:
    """Returns the access of a pod to its node, as text after "has"."""
    parts = {"network": spec.host_network, "processes": spec.host_pid, "shared memory": spec.host_ipc}
    found = [f"the node's {part}" for part, given in parts.items() if given]
    found += [f"the node's {each.host_path.path}" for each in spec.volumes if each.host_path]
    for each in spec.all_containers:
        context = each.security_context
        if context.privileged:
            found.append(f"a privileged container ({each.name})")
        if added := [name for name in context.capabilities.add if name not in HARMLESS]:
            found.append(f"capability {', '.join(added)} in {each.name}")
    return tuple(found)


def unrestricted(spec: PodSpec, container: Container) -> tuple[str, ...]:
    """Returns the restrictions that a container does not have."""
    container_context, pod = container.security_context, spec.security_context
    non_root = pod.run_as_non_root if container_context.run_as_non_root is None else container_context.run_as_non_root
    seccomp = container_context.seccomp_profile or pod.seccomp_profile
    taken = {
        "runAsNonRoot": bool(non_root),
        "allowPrivilegeEscalation": container_context.allow_privilege_escalation is False,
        "capabilities.drop": "ALL" in container_context.capabilities.drop,
        "seccompProfile": seccomp is not None and seccomp.type in {"RuntimeDefault", "Localhost"},
    }
    return tuple(name for name, done in taken.items() if not done)


def containers_text(names: list[str]) -> str:
    """Returns containers as the subject of a sentence."""
    return f"Container {names[0]}" if len(names) == 1 else f"Containers {', '.join(names[:3])}"


def patch_step(ctx: Context, text: str, containers: list[str], context: dict[str, object]) -> Step:
    """Returns the step that sets the securityContext of containers."""
    init = {each.name for each in ctx.target.template.spec.init_containers}
    patches = (({"name": name, "securityContext": context}, name in init) for name in containers)
    spec = grouped(("initContainers" if is_init else "containers", patch) for patch, is_init in patches)
    command = ctx.owner.patch({"spec": {"template": {"spec": spec}}})
    return Step(text, command, changes="the Deployment")
