"""What a container is denied, by its securityContext and its pod's."""

from diagnose.check.api import Context
from diagnose.model.report import Step
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Container, PodSpec

MEASURES: dict[str, dict[str, object]] = {
    "runAsNonRoot": {"runAsNonRoot": True},
    "allowPrivilegeEscalation": {"allowPrivilegeEscalation": False},
    "capabilities.drop": {"capabilities": {"drop": ["ALL"]}},
    "seccompProfile": {"seccompProfile": {"type": "RuntimeDefault"}},
}
"""What Pod Security's level "restricted" asks of a container, by the name of the field."""
HARMLESS = {"NET_BIND_SERVICE"}


def runs_as(ctx: Context, container: Container) -> tuple[int | None, str]:
    """The user that a container of the template runs as and how that is known; None and why where it is not.

    Where nobody gave a number, the worker's own is what a look around found in a pod of the template.
    """
    pod, own = ctx.target.template.spec.security_context, container.security_context
    declared = pod.run_as_user if own.run_as_user is None else own.run_as_user
    if declared is not None:
        return declared, "as the pod template says"
    if container.name != ctx.target.container.name:
        return None, "the image decides"
    current = {each.name for each in ctx.target.current_pods}
    try:
        surveys = [each for each in ctx.surveys() if each.pod.name in current and each.container == container.name]
    except NoAnswerError as error:
        return None, f"the image decides, and {error}"
    found = next((each.answer.process.uid for each in surveys if each.answer.process.uid is not None), None)
    return (None, "the image decides, and no pod could tell") if found is None else (found, "as its process has it")


def host_access(spec: PodSpec) -> tuple[str, ...]:
    """What a pod has of its node, in words that follow "has"."""
    of_pod = (
        (spec.host_network, "the node's network"),
        (spec.host_pid, "the node's processes"),
        (spec.host_ipc, "the node's shared memory"),
    )
    told = [words for given, words in of_pod if given]
    told += [f"the node's {each.host_path.path}" for each in spec.volumes if each.host_path]
    for each in spec.all_containers:
        context = each.security_context
        if context.privileged:
            told.append(f"a privileged container ({each.name})")
        if added := [name for name in context.capabilities.add if name not in HARMLESS]:
            told.append(f"capability {', '.join(added)} in {each.name}")
    return tuple(told)


def unrestricted(spec: PodSpec, container: Container) -> tuple[str, ...]:
    """What of the measures nobody took for a container."""
    own, pod = container.security_context, spec.security_context
    non_root = pod.run_as_non_root if own.run_as_non_root is None else own.run_as_non_root
    seccomp = own.seccomp_profile or pod.seccomp_profile
    taken = {
        "runAsNonRoot": bool(non_root),
        "allowPrivilegeEscalation": own.allow_privilege_escalation is False,
        "capabilities.drop": "ALL" in own.capabilities.drop,
        "seccompProfile": seccomp is not None and seccomp.type in {"RuntimeDefault", "Localhost"},
    }
    return tuple(name for name, done in taken.items() if not done)


def patch_step(ctx: Context, text: str, containers: list[str], context: dict[str, object]) -> Step:
    """The step that gives containers a securityContext."""
    init = {each.name for each in ctx.target.template.spec.init_containers}
    spec: dict[str, list[dict[str, object]]] = {}
    for name in containers:
        kind = "initContainers" if name in init else "containers"
        spec.setdefault(kind, []).append({"name": name, "securityContext": context})
    command = ctx.owner.patch({"spec": {"template": {"spec": spec}}})
    return Step(text=text, command=command, changes="the Deployment")
