"""Checks that the auth method exists at the mount where the agents log in.

It runs before a deploy, and where Vault denies a login without a reason. Vault's denial is the same for a missing
mount and for a token without a review. A GET of the login's path distinguishes them without a token: 405 where the
login exists, 403 where it does not.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import VAULT_QUERY_BEFORE_DEPLOY, WORKER_LOGS
from diagnose.commands import vault
from diagnose.domain.vault.agents import bare_denials, has_login
from diagnose.domain.vault.queries import in_namespace, read_login_path, route_to_vault, vault_mount
from diagnose.model.report import Finding, Step, Vantage
from diagnose.queries.query import NoAnswerError
from diagnose.target.pod_template import agent_mount
from diagnose.target.target import VAULT

NO_MOUNT = Code(
    id="vault.auth-path-not-found",
    meaning="No auth method is enabled at the mount where the agent logs in; the mount must begin with auth/.",
    fix="Correct the annotation vault.hashicorp.com/auth-path, or enable the auth method there.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the mounts without an auth method."""
    if ctx.target.request.before_deploy and not ctx.target.vault.requested:
        raise NotApplicableError("the workload does not use the Vault agent")
    denied = bare_denials(ctx)
    if not denied and not ctx.target.request.before_deploy:
        raise NotApplicableError("Vault denies no login without a reason")
    address, route = route_to_vault(ctx)
    mounts = (vault_mount(ctx),) if ctx.target.request.before_deploy else (match.groups["mount"] for match in denied)
    for mount in dict.fromkeys(mounts):
        answer = read_login_path(ctx, address, route, mount)
        seen = ctx.record_evidence(
            f"{address}/v1/{mount}/login", f"HTTP {answer.status} {answer.detail}".strip(), Vantage.TUNNEL
        )
        exists = has_login(answer)
        if exists is False:
            same = [match for match in denied if match.groups["mount"] == mount]
            yield NO_MOUNT.finding(
                f"Vault has no auth method at {mount}, so vault-agent-init cannot log in{_ready_mount(ctx, mount)}.",
                *_steps(ctx, mount),
                subjects=(f"mount/{mount}",),
                pods=tuple(dict.fromkeys(match.log.pod for match in same)),
                evidence=(*(match.evidence for match in same[:2]), seen),
            )
        elif exists is None:
            raise NoAnswerError(f"Vault at {address} does not answer whether {mount} exists: {seen.text}")


def _ready_mount(ctx: Context, mount: str) -> str:
    """Returns the clause about the mount of the ready pods."""
    used = agent_mount(ctx.target.ready_pods)
    if not used:
        return ""
    return "; it was there when the ready pods logged in" if used == mount else f"; the ready pods logged in at {used}"


def _steps(ctx: Context, mount: str) -> tuple[Step, ...]:
    used = agent_mount(ctx.target.ready_pods)
    inspect = Step("List the enabled auth methods.", in_namespace(ctx, vault.list_auth()))
    if used and used != mount:
        command = ctx.owner.annotate_template({f"{VAULT}auth-path": used})
        correct = Step("Use the mount of the ready pods.", command, changes="the Deployment")
        return (correct, inspect)
    return (
        inspect,
        Step(
            "Enable it; its configuration and its roles must then be created, too.",
            in_namespace(ctx, vault.enable_kubernetes(mount.removeprefix("auth/"))),
            changes="Vault",
        ),
    )


AUTH_ENABLED = Check(
    id="vault.auth-enabled",
    title="Vault has the auth method of the agents",
    stage=stages.VAULT_AUTH,
    run=run,
    codes=(NO_MOUNT,),
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *VAULT_QUERY_BEFORE_DEPLOY),
)
