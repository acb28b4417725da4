"""Evidence from ready pods: their agents logged in and rendered files at their start.

It is no proof of the current state; the remark says how to get one.
"""

from diagnose.check.api import Context
from diagnose.domain.vault.agents import is_injected
from diagnose.resources import Pod
from diagnose.target.pod_template import agent_mount
from diagnose.target.target import VAULT, VaultFile

_ROLE = f"{VAULT}role"
NO_TOKEN = "set VAULT_TOKEN to query Vault itself"


def logged_in(ctx: Context) -> tuple[Pod, ...]:
    """Returns ready pods whose agents logged in with the template's role, account and mount."""
    target = ctx.target
    account = target.template.spec.service_account_name or "default"
    return tuple(
        pod
        for pod in target.ready_pods
        if is_injected(pod)
        and pod.metadata.annotations.get(_ROLE, "") == target.vault.role
        and (pod.spec.service_account_name or "default") == account
        and agent_mount((pod,)) in {"", target.vault.auth_path}
    )


def rendered(ctx: Context, files: tuple[VaultFile, ...]) -> tuple[Pod, ...]:
    """Returns those of them whose agents rendered all these files from the same paths by the same templates."""
    annotations = ctx.target.template.metadata.annotations
    kinds = ("secret", "template", "template-file")
    keys = {f"{VAULT}agent-inject-{kind}-{file.name}" for kind in kinds for file in files}
    expected = {key: value for key, value in annotations.items() if key in keys}
    return tuple(
        pod
        for pod in logged_in(ctx)
        if all(pod.metadata.annotations.get(key) == value for key, value in expected.items())
    )


def note_startup_evidence(ctx: Context, pods: tuple[Pod, ...], what: str, otherwise: str = NO_TOKEN) -> None:
    """Adds to the remark that pods did something at their start, and how long ago; without such a pod it is unknown."""
    if not pods:
        ctx.record_problem(f"no ready pod {what}; {otherwise}")
        return
    last = min(ctx.age(pod.metadata.creation_timestamp).total_seconds() for pod in pods)
    when = f"{last / 3600:.0f} h" if last >= 7200 else f"{last / 60:.0f} min"
    number = f"{len(pods)} ready pod{'s' if len(pods) > 1 else ''}"
    remark = f"{number} {what} at their start, the last {when} ago; {otherwise}"
    ctx.note(f"{ctx.remark}; {remark}" if ctx.remark else remark)
