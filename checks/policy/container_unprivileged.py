"""Do the containers of the pod template run without root and without access to their node?

The user is the template's, else the one that an exec survey found; the image's own is not accessible.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import EXEC
from diagnose.commands.command import Command
from diagnose.domain.kubernetes.security_context import HARMLESS, containers_text, host_access, patch_step, runs_as
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Container, PodSpec

ROOT = Code(
    id="policy.runs-as-root",
    meaning="A container runs as user 0. An intruder who escapes from it, by a bug of the kernel or of the runtime, is "
    "root on the node.",
    fix="Set another user in the image or the template.",
    severity=Severity.WARNING,
)
HOST = Code(
    id="policy.host-access",
    meaning="A container has access to its node: all devices (privileged), further capabilities, the node's network or "
    "processes, or a directory of it. An intruder controls the node.",
    fix="Remove that access; the worker needs none of it.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports containers of the template that run as root, or have access to the node."""
    spec, workload = ctx.target.template.spec, ctx.names["workload"]
    root = []
    for container in spec.all_containers:
        user, how = runs_as(ctx, container)
        if user == 0:
            ctx.record_evidence(f"container {container.name}", f"uid 0, {how}")
            root.append(container.name)
        elif user is None and container.name == ctx.target.container.name:
            ctx.record_problem(f"which user {container.name} runs as: {how}")
    if root:
        context: dict[str, object] = {"runAsNonRoot": True, "runAsUser": 1000, "allowPrivilegeEscalation": False}
        yield ROOT.finding(
            f"{containers_text(root)} of {workload} {'run' if len(root) > 1 else 'runs'} as root (uid 0).",
            patch_step(ctx, "Run it as another user, one who can read the image's files.", root, context),
            Step("List the users of the image.", ctx.owner.run_in("cat", "/etc/passwd", container=root[0])),
            subjects=(f"deployment/{workload}",),
        )
    if access := host_access(spec):
        ctx.record_evidence(f"deployment {workload}", "; ".join(access))
        yield HOST.finding(
            f"The pods of {workload} have {', '.join(access[:4])}, so an intruder controls the node.",
            Step(
                "Remove that from the template, and from the chart's values.",
                _without_access(ctx, spec),
                changes="the Deployment",
            ),
            subjects=(f"deployment/{workload}",),
        )


def _without_access(ctx: Context, spec: PodSpec) -> Command:
    """Returns the command that takes the access away; by hand where it is a folder of the node."""
    if any(each.host_path for each in spec.volumes):
        return ctx.owner.edit()
    given = {"hostNetwork": spec.host_network, "hostPID": spec.host_pid, "hostIPC": spec.host_ipc}
    change: dict[str, object] = {field: False for field, on in given.items() if on}
    for part, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        contexts = ((each.name, _without_privileges(each)) for each in containers)
        if patches := [{"name": name, "securityContext": context} for name, context in contexts if context]:
            change[part] = patches
    return ctx.owner.patch({"spec": {"template": {"spec": change}}})


def _without_privileges(container: Container) -> dict[str, object]:
    context = container.security_context
    privileged: dict[str, object] = {"privileged": False} if context.privileged else {}
    harmful = not HARMLESS.issuperset(context.capabilities.add)
    return privileged | ({"capabilities": {"add": sorted(HARMLESS & set(context.capabilities.add))}} if harmful else {})


CONTAINER_UNPRIVILEGED = Check(
    id="policy.container-unprivileged",
    title="The containers run without root and without access to their node",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(ROOT, HOST),
    occasions=(Occasion.AUDIT,),
    reads=EXEC,
)
