"""Is a container of the pod template only a process among others: no root, nothing of its node?

Who it runs as is what the template says, else what a look around found; the image alone does not tell from here.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import EXEC
from diagnose.domain.kubernetes.security_context import host_access, patch_step, runs_as
from diagnose.model.report import Finding, Severity, Step

ROOT = Code(
    id="policy.runs-as-root",
    meaning="A container runs as user 0. Whoever gets out of it, by a fault of the kernel or of the runtime, is root "
    "on the node.",
    fix="Let the image or the template name another user.",
    severity=Severity.WARNING,
)
HOST = Code(
    id="policy.host-access",
    meaning="A container is given what belongs to its node: all devices (privileged), further capabilities, the node's "
    "network or processes, or a folder of it. Whoever gets into it has the node.",
    fix="Take away what the worker does not need, which is all of it.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Containers of the template that are root, or have something of the node."""
    spec, workload = ctx.target.template.spec, ctx.names["workload"]
    root = []
    for container in (*spec.init_containers, *spec.containers):
        user, how = runs_as(ctx, container)
        if user == 0:
            ctx.record_evidence(f"container {container.name}", f"uid 0, {how}")
            root.append(container.name)
        elif user is None and container.name == ctx.target.container.name:
            ctx.record_problem(f"which user {container.name} runs as: {how}")
    if root:
        context: dict[str, object] = {"runAsNonRoot": True, "runAsUser": 1000, "allowPrivilegeEscalation": False}
        yield ROOT.finding(
            f"{_which(root)} of {workload} {'run' if len(root) > 1 else 'runs'} as root (uid 0).",
            subjects=(f"deployment/{workload}",),
            steps=(
                patch_step(ctx, "Run it as another user, of whom the image's files can be read.", root, context),
                Step(
                    text="See which users the image has.",
                    command=ctx.owner.run_in("cat", "/etc/passwd", container=root[0]),
                ),
            ),
        )
    if told := host_access(spec):
        ctx.record_evidence(f"deployment {workload}", "; ".join(told))
        yield HOST.finding(
            f"The pods of {workload} have {', '.join(told[:4])}, so whoever gets into one has its node.",
            subjects=(f"deployment/{workload}",),
            steps=(
                Step(
                    text="Take that away in the template, and in the chart's values.",
                    command=ctx.owner.edit(),
                    changes="the Deployment",
                ),
            ),
        )


def _which(names: list[str]) -> str:
    return f"Container {names[0]}" if len(names) == 1 else f"Containers {', '.join(names[:3])}"


CONTAINER_UNPRIVILEGED = Check(
    id="policy.container-unprivileged",
    title="The containers run without root and without anything of their node",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(ROOT, HOST),
    occasions=(Occasion.AUDIT,),
    reads=EXEC,
)
