"""Is there a login where the agents try to log in? Asked before a deploy, and where Vault denies one without a reason.

Vault denies a login at a mount that is not there in the same words as one whose token nobody reviews. Who only reads
the login's path is told them apart without a token: a login cannot be read (405), what is not there is denied (403).
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import VAULT_QUERY_BEFORE_DEPLOY, WORKER_LOGS
from diagnose.commands import vault
from diagnose.domain.vault.agents import LOGIN_EXISTS, bare_denials
from diagnose.domain.vault.queries import read_login_path, route_to_vault, vault_mount
from diagnose.logs.signatures import Match
from diagnose.model.report import Evidence, Finding, Step, Vantage
from diagnose.queries.query import NoAnswerError
from diagnose.target.pod_template import agent_mount
from diagnose.target.target import VAULT

NO_MOUNT = Code(
    id="vault.auth-path-not-found",
    meaning="The path at which the agent logs in is no enabled auth method of this Vault; it must begin with auth/.",
    fix="Correct the annotation vault.hashicorp.com/auth-path, or enable the auth method there.",
)
NOT_THERE = (403, 404)
# What old versions say, with the status 400.
NO_TOKEN = "missing client token"


def run(ctx: Context) -> Iterator[Finding]:
    """Mounts at which Vault has no login."""
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
        if answer.status in NOT_THERE or NO_TOKEN in answer.detail:
            same = [match for match in denied if match.groups["mount"] == mount]
            yield NO_MOUNT.finding(
                f"Vault has no auth method at {mount}, so vault-agent-init cannot log in{_beside(ctx, mount)}.",
                *_steps(ctx, mount),
                subjects=(f"mount/{mount}",),
                pods=tuple(dict.fromkeys(match.log.pod for match in same)),
                evidence=(*_told(same), seen),
            )
        elif answer.status != LOGIN_EXISTS:
            raise NoAnswerError(f"Vault at {address} does not say whether {mount} exists: {seen.text}")


def _told(same: list[Match]) -> tuple[Evidence, ...]:
    return tuple(match.evidence for match in same[:2])


def _beside(ctx: Context, mount: str) -> str:
    """Where the pods that are ready logged in."""
    used = agent_mount(ctx.target.ready_pods)
    if not used:
        return ""
    return "; it was there when the ready pods logged in" if used == mount else f"; the ready pods logged in at {used}"


def _steps(ctx: Context, mount: str) -> tuple[Step, ...]:
    used = agent_mount(ctx.target.ready_pods)
    look = Step("See which auth methods are enabled, and where.", vault.list_auth())
    if used and used != mount:
        command = ctx.owner.annotate_template({f"{VAULT}auth-path": used})
        correct = Step("Let the agent log in where those of the ready pods do.", command, changes="the Deployment")
        return (correct, look)
    return (
        look,
        Step(
            "Enable it; its configuration and its roles must be written anew then.",
            vault.enable_kubernetes(mount.removeprefix("auth/")),
            changes="Vault",
        ),
    )


AUTH_ENABLED = Check(
    id="vault.auth-enabled",
    title="Vault has the auth method that the agents log in at",
    stage=stages.VAULT_AUTH,
    run=run,
    codes=(NO_MOUNT,),
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *VAULT_QUERY_BEFORE_DEPLOY),
)
