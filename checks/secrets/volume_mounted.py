"""Checks that the worker mounts the volume of its agent, and no other one at its place."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, grouped
from diagnose.commands import kubectl
from diagnose.domain.vault.agents import is_injected
from diagnose.model.report import Finding, Step
from diagnose.resources import Pod
from diagnose.target.pod_template import AGENT, AGENT_VOLUME
from diagnose.target.target import VAULT
from diagnose.text.sentences import truncate

NOT_MOUNTED = Code(
    id="secrets.volume-not-mounted",
    meaning="The agent writes its files into a volume that the worker's container does not mount where its "
    "command reads them.",
    fix="Correct vault.hashicorp.com/agent-inject-containers or secret-volume-path, or the command of the container.",
)
SHADOWED = Code(
    id="secrets.mount-shadowed",
    meaning="Another volume is mounted in the worker's container where the agent's files should be.",
    fix="Mount the other volume elsewhere.",
)
INTO = f"{VAULT}agent-inject-containers"

MOUNTS = r'jsonpath={range .spec.containers[*]}{.name}{": "}{.volumeMounts}{"\n"}{end}'


def run(ctx: Context) -> Iterator[Finding]:
    """Yields for each pod with an agent the problems of the paths that the command reads or the agent writes."""
    pods = [pod for pod in ctx.target.current_pods if is_injected(pod)]
    if not pods:
        raise NotApplicableError("no pod of the current template has a Vault agent")
    troubles = grouped((found, pod.name) for pod in pods if (found := _trouble(ctx, pod)))
    for (code, what), names in troubles.items():
        yield code.finding(
            f"In container {ctx.names['container']} {what}, so the worker does not have its secrets.",
            Step(
                "Compare the mounts of the worker and of its agent.",
                kubectl.get("pod", names[0], namespace=ctx.target.namespace, output=MOUNTS),
            ),
            pods=tuple(names),
        )


def _trouble(ctx: Context, pod: Pod) -> tuple[Code, str] | None:
    agents = [each for each in pod.spec.all_containers if each.name.startswith(AGENT)]
    worker = ctx.target.worker_container(pod)
    vault = ctx.target.vault
    for path in vault.sourced or tuple(file.destination for file in vault.files):
        mount, written = worker.mount_at(path), next((hit for each in agents if (hit := each.mount_at(path))), None)
        if written is None or not written.name.startswith(AGENT_VOLUME):
            # The agent writes elsewhere: secrets.files-match compares the paths.
            continue
        if mount is None:
            what = f"nothing is mounted at the agent's {written.mount_path}{_left_out(pod, worker.name)}"
            return NOT_MOUNTED, what
        if mount.name != written.name:
            return (
                SHADOWED,
                f"volume {mount.name} is mounted at {mount.mount_path} in place of the agent's {written.name}",
            )
    return None


def _left_out(pod: Pod, container: str) -> str:
    """Returns the annotation that excludes the container, in brackets."""
    names = pod.metadata.annotations.get(INTO, "")
    left_out = names and container not in {name.strip() for name in names.split(",")}
    return f" (agent-inject-containers names {truncate(names, 40)})" if left_out else ""


VOLUME_MOUNTED = Check(
    id="secrets.volume-mounted",
    title="The worker mounts the agent's volume",
    stage=stages.SECRET_MOUNTS,
    run=run,
    codes=(NOT_MOUNTED, SHADOWED),
)
