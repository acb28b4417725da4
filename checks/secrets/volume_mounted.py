"""Is the agent's volume mounted where the worker reads its files, and is nothing mounted over it?"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.injection import is_injected
from diagnose.model import Finding, Step
from diagnose.probes.objects import Pod

AGENTS = "vault-secrets"
NOT_MOUNTED = Code(
    id="secrets.volume-not-mounted",
    meaning="The agent renders its files, but its volume is not mounted in the worker's container where it reads them.",
    fix="Take back what leads the agent's volume elsewhere, such as secret-volume-path or agent-inject-containers.",
)
SHADOWED = Code(
    id="secrets.mount-shadowed",
    meaning="Another volume is mounted over the folder of the agent's files, so the worker does not see them.",
    fix="Remove the other volume mount from the chart's values.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """For each injected pod the mount under each file that its command reads."""
    sourced = ctx.target.vault.sourced
    if not sourced or not ctx.target.vault.wanted:
        raise NotApplicableError("the command reads no file of the Vault agent")
    missing: list[Pod] = []
    shadowed: dict[str, list[Pod]] = {}
    for pod in ctx.target.current_pods:
        if not is_injected(pod):
            continue
        volume = _volume(ctx, pod, sourced[0])
        if not volume:
            missing.append(pod)
        elif not volume.startswith(AGENTS):
            shadowed.setdefault(volume, []).append(pod)
    container = ctx.target.container.name
    look = Step(
        text="See the container's mounts.",
        command=f"kubectl -n {ctx.target.namespace} get deployment {ctx.names['workload']} -o yaml",
    )
    if missing:
        yield NOT_MOUNTED.finding(
            f"The Vault agent's volume is not mounted in {container}, whose command reads {sourced[0]}.",
            pods=tuple(pod.name for pod in missing),
            subjects=tuple(f"pod/{pod.name}" for pod in missing),
            steps=(look,),
        )
    for volume, pods in shadowed.items():
        yield SHADOWED.finding(
            f"The volume {volume} is mounted over {PurePosixPath(sourced[0]).parent} "
            f"in {container} and hides the Vault agent's files.",
            pods=tuple(pod.name for pod in pods),
            subjects=(f"volume/{volume}",),
            steps=(look,),
        )


def _volume(ctx: Context, pod: Pod, path: str) -> str:
    """The volume that a path lies in, by its longest mount, "" where it lies in none."""
    mounts = [
        mount
        for mount in ctx.target.worker_container(pod).volume_mounts
        if PurePosixPath(path).is_relative_to(mount.mount_path)
    ]
    return max(mounts, key=lambda mount: len(mount.mount_path)).name if mounts else ""


VOLUME_MOUNTED = Check(
    id="secrets.volume-mounted",
    title="The Vault agent's files are mounted where the worker reads them",
    ask=ask,
    codes=(NOT_MOUNTED, SHADOWED),
)
