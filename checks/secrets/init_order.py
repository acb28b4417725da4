"""Checks that no init container reads the agent's files before the agent has run.

The injector adds its init container last.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, grouped
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.domain.kubernetes.pods import log_command
from diagnose.model.report import Finding, Step
from diagnose.resources import Container, Pod
from diagnose.target.pod_template import AGENT
from diagnose.target.target import VAULT

TOO_EARLY = Code(
    id="secrets.read-before-agent",
    meaning="An init container reads files of the Vault agent, but runs before vault-agent-init, which the "
    "injector adds after the pod's own init containers. The files do not exist then, and the agent "
    "never starts.",
    fix='Set vault.hashicorp.com/agent-init-first: "true" on the pod template.',
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields init containers that fail before the agent's because of its files."""
    earlier = [(pod, own) for pod in ctx.target.pods for own in _before_agent(pod)]
    if not earlier:
        raise NotApplicableError("no init container runs before the Vault agent's")
    failed = ((pod, container) for pod, container in earlier if _failed(pod, container))
    early = grouped(((each.name, path), pod.name) for pod, each in failed if (path := _reads(ctx, pod, each)))
    for (container_name, path), pods in early.items():
        yield _finding(ctx, container_name, path, tuple(pods))


def _before_agent(pod: Pod) -> tuple[Container, ...]:
    names = [each.name for each in pod.spec.init_containers]
    agent = next((number for number, name in enumerate(names) if name.startswith(AGENT)), 0)
    return pod.spec.init_containers[:agent]


def _failed(pod: Pod, container: Container) -> bool:
    status = pod.container_status(container.name)
    end = status.last_end if status else None
    return bool(end and end.exit_code and status and not status.ready)


def _reads(ctx: Context, pod: Pod, container: Container) -> str:
    """Returns the agent's file that the container reads, by its command or its error; "" for none."""
    logs = [log for log in ctx.detail(ctx.logs) or () if (log.pod, log.container) == (pod.name, container.name)]
    complaints = "\n".join(line.text for log in logs for line in log.text.lines)
    script = "\n".join((*container.command, *container.args, complaints))
    vault = ctx.target.vault
    paths = (*vault.sourced, *(each.destination for each in vault.files))
    return next((path for path in paths if path in script), "")


def _finding(ctx: Context, container: str, path: str, pods: tuple[str, ...]) -> Finding:
    command = log_command(ctx, pods[0], container)
    seen = ctx.record_evidence(f"pod {pods[0]}, {container}", f"ends before {AGENT}-init is started", command=command)
    return TOO_EARLY.finding(
        f"Init container {container} reads {path} before {AGENT}-init has run, as agent-init-first is not set, so no "
        "pod gets further.",
        Step(
            "Run the agent first.",
            ctx.owner.annotate_template({f"{VAULT}agent-init-first": "true"}),
            changes="the Deployment",
        ),
        Step("Read the init container's log.", command),
        pods=pods,
        evidence=(seen,),
    )


INIT_ORDER = Check(
    id="secrets.init-order",
    title="No init container reads the agent's files too early",
    stage=stages.SECRET_MOUNTS,
    run=run,
    codes=(TOO_EARLY,),
    reads=optional(WORKER_LOGS),
)
