"""Where the Vault agents of pods were led, as their logs say it, and how they are led elsewhere.

What pods show of Vault injection. Pure.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from diagnose.check.api import Context
from diagnose.logs.signatures import Match
from diagnose.model.report import Step
from diagnose.resources import Pod
from diagnose.target.pod_template import agent_address
from diagnose.target.target import VAULT


def is_injected(pod: Pod) -> bool:
    """Whether the pod has the agent's containers."""
    return any(each.name.startswith("vault-agent") for each in (*pod.spec.containers, *pod.spec.init_containers))


# A bare 403 has several causes, which only Vault's own log tells apart.
BARE = "vault.login-denied"
# How Vault answers who reads the path of a login, which cannot be read: only where there is one.
LOGIN_IS_THERE = 405


def bare_denials(ctx: Context) -> tuple[Match, ...]:
    """Where agents' logs say that Vault denies the login without a reason."""
    return tuple(match for match in ctx.matches("vault.agent-logged-in") if match.signature.code == BARE)


def unreached(ctx: Context, *, elsewhere: bool) -> Iterator[Match]:
    """What agents say of a way that does not lead there: to Vault's address, or to where Vault itself sent them.

    A server that does not lead answers with the address of the one that does.
    """
    pods = {pod.name: pod for pod in ctx.target.pods}
    for match in ctx.matches("vault.reachable"):
        tried = match.groups.get("url", "")
        pod = pods.get(match.log.pod)
        own = urlsplit(agent_address((pod,)) if pod else "")
        is_other = bool(tried and own.netloc) and tried != f"{own.scheme}://{own.netloc}"
        if is_other is elsewhere:
            yield match


def correct_address(ctx: Context, address: str) -> Step:
    """The step that gives the worker's agents another address of Vault."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    return Step(
        text="If the address is wrong, correct it for this workload, or for all in the injector's "
        "AGENT_INJECT_VAULT_ADDR.",
        command=ctx.owner.annotate_template({f"{VAULT}service": address}),
        changes=f"deployment {namespace}/{workload}",
    )
