"""What ready pods of the version before bear witness to: what they were given at their start was there then.

It is the word of those who got in, not a look now; where a look can be allowed, the remark says how.
"""

from diagnose.check.api import Context
from diagnose.domain.vault.agents import is_injected
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Pod
from diagnose.target.pod_template import agent_mount
from diagnose.target.target import VAULT, VaultFile

_ROLE = f"{VAULT}role"
NO_TOKEN = "Vault itself is asked where VAULT_TOKEN is set"


def logged_in(ctx: Context) -> tuple[Pod, ...]:
    """Ready pods whose agents logged in with the role, the account and at the mount of the template."""
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
    """Those of them whose agents rendered all these files from the same paths by the same templates."""
    notes = ctx.target.template.metadata.annotations
    wanted = {key: value for key, value in notes.items() if any(_is_of(key, file.name) for file in files)}
    return tuple(
        pod
        for pod in logged_in(ctx)
        if all(pod.metadata.annotations.get(key) == value for key, value in wanted.items())
    )


def _is_of(key: str, name: str) -> bool:
    return key in {f"{VAULT}agent-inject-{what}-{name}" for what in ("secret", "template", "template-file")}


def witnessed(ctx: Context, pods: tuple[Pod, ...], what: str, otherwise: str = NO_TOKEN) -> str:
    """The remark that pods have shown it, with how long ago the last of them did.

    Raises:
        NoAnswerError: no pod has; the message says how it could be looked at.
    """
    if not pods:
        raise NoAnswerError(f"no ready pod {what}; {otherwise}")
    last = min(ctx.age(pod.metadata.creation_timestamp).total_seconds() for pod in pods)
    when = f"{last / 3600:.0f} h" if last >= 7200 else f"{last / 60:.0f} min"
    return (
        f"{len(pods)} ready pod{'s' if len(pods) > 1 else ''} {what} at their start, the last {when} ago; {otherwise}"
    )


def bear_witness(ctx: Context, pods: tuple[Pod, ...], what: str, otherwise: str = NO_TOKEN) -> None:
    """Add the remark to what was remarked before; where no pod has shown it, that it could not be told."""
    try:
        told = witnessed(ctx, pods, what, otherwise)
    except NoAnswerError as error:
        ctx.record_problem(str(error))
        return
    ctx.note(f"{ctx.remark}; {told}" if ctx.remark else told)
