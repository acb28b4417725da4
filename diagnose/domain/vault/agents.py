"""The Vault agents of pods: whether they are injected, the errors in their logs, and their address of Vault."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from diagnose.check.api import Code, Context, NotApplicableError
from diagnose.commands import kubectl, vault
from diagnose.logs.signatures import Match
from diagnose.model.report import Step
from diagnose.queries.vault import LoginPathAnswer
from diagnose.resources import Pod
from diagnose.target.pod_template import agent_address
from diagnose.target.target import VAULT

TOKEN_USES = Code(
    id="vault.token-uses-exhausted",
    meaning="The Vault role limits how often its tokens may be used (token_num_uses). An agent renews its token and "
    "reads several secrets, without counting: Vault answers 403 to what follows the last use.",
    fix="Set token_num_uses of the role to 0, which means unlimited.",
)

MAX_DELETED = 20


def uses_unlimited(ctx: Context, mount: str) -> Step:
    """Returns the step that takes the limit of the uses of the role's tokens back, also for pods that wait with one."""
    known, namespace = ctx.target.vault, ctx.target.namespace
    write = vault.within(known.namespace, vault.write(f"{mount}/role/{known.role}", "token_num_uses=0"))
    waiting = [pod.name for pod in ctx.target.pods if is_injected(pod) and not pod.ready][:MAX_DELETED]
    if not waiting:
        return Step("Let the role's tokens be used without a limit.", write, changes="Vault")
    # A token keeps the limit that it was issued with.
    return Step(
        "Let the role's tokens be used without a limit, and replace the pods that wait with an older token.",
        write.then(kubectl.delete("pod", *waiting, namespace=namespace)),
        changes=f"Vault, pods {namespace}/{' '.join(waiting)}",
    )


def is_injected(pod: Pod) -> bool:
    """Whether the pod has the agent's containers."""
    return any(each.name.startswith("vault-agent") for each in (*pod.spec.containers, *pod.spec.init_containers))


def require_agent(ctx: Context, *, injected: bool = False) -> None:
    """Requires that the workload uses the Vault agent, and where requested, that a pod has one.

    Raises:
        NotApplicableError: there is none.
    """
    if not (ctx.target.vault.requested or ctx.target.vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    if injected and not any(is_injected(pod) for pod in ctx.target.pods):
        raise NotApplicableError("no pod has an agent")


def users(ctx: Context, address: str) -> tuple[str, ...]:
    """Returns the names of pods whose agents use this address of Vault; empty for all."""
    using = tuple(pod.name for pod in ctx.target.pods if agent_address((pod,)) in {"", address})
    return using if 0 < len(using) < len(ctx.target.pods) else ()


# A bare 403 has several causes, which only Vault's own log distinguishes.
BARE = "vault.login-denied"
# The status of a GET of a login path: it cannot be read, but it exists.
LOGIN_EXISTS = 405
_NOT_THERE = (403, 404)
# The answer of old versions, with status 400.
_NO_TOKEN = "missing client token"


def has_login(answer: LoginPathAnswer) -> bool | None:
    """Whether Vault has a login at the path that was read; None where its answer does not show it."""
    if answer.status in _NOT_THERE or _NO_TOKEN in answer.detail:
        return False
    return True if answer.status == LOGIN_EXISTS else None


def bare_denials(ctx: Context) -> tuple[Match, ...]:
    """Returns the log lines of agents whose login Vault denies without a reason."""
    return tuple(match for match in ctx.matches("vault.agent-logged-in") if match.signature.code == BARE)


def unreachable_addresses(ctx: Context, *, elsewhere: bool) -> Iterator[Match]:
    """Yields the log lines about an unreachable server: Vault's address, or elsewhere the one that Vault redirects to.

    A standby server redirects to the address of the active one.
    """
    pods = {pod.name: pod for pod in ctx.target.pods}
    for match in ctx.matches("vault.reachable"):
        tried = match.groups.get("url", "")
        pod = pods.get(match.log.pod)
        configured = urlsplit(agent_address((pod,)) if pod else "")
        is_other = bool(tried and configured.netloc) and tried != f"{configured.scheme}://{configured.netloc}"
        if is_other is elsewhere:
            yield match


def correct_address(ctx: Context, address: str) -> Step:
    """Returns the step that changes Vault's address for the worker's agents."""
    return Step(
        "If the address is wrong, correct it for this workload, or for all in the injector's AGENT_INJECT_VAULT_ADDR.",
        ctx.owner.annotate_template({f"{VAULT}service": address}),
        changes=ctx.deployment,
    )
