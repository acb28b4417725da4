"""Checks that Vault has an active node.

Standby servers redirect logins to the active node. A standby whose active node died keeps redirecting there until a
majority of the servers elects another one.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError, grouped
from diagnose.check.reads import VAULT_QUERY_BEFORE_DEPLOY, WORKER_LOGS
from diagnose.commands import kubectl, vault
from diagnose.domain.vault.agents import require_agent, unreachable_addresses
from diagnose.domain.vault.queries import query_vault, route_to_vault
from diagnose.model.report import Alternative, Finding, Step
from diagnose.queries.query import NoAnswerError

NO_LEADER = Code(
    id="vault.no-active-node",
    meaning="Vault's servers elected no leader: too few of them run, or they do not reach each other.",
    fix="Restore enough of Vault's servers for a quorum.",
    transient=True,
)
STEPS = (
    Step("List Vault's pods.", kubectl.vault_pods()),
    Step("List the servers of the cluster and their leader.", vault.list_peers()),
)
HINDERED = (
    Alternative(
        "there is a leader, but its api_addr is wrong, or packets to it are dropped: the list of the "
        "cluster's servers names it",
        "vault.timed-out",
    ),
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings from the redirects in the agents' logs, else from Vault's status."""
    require_agent(ctx, injected=not ctx.target.request.before_deploy)
    if ctx.target.request.before_deploy:
        yield from _now(ctx)
        return
    yield from ctx.signature_findings()
    led = unreachable_addresses(ctx, elsewhere=True)
    for url, same in grouped((match.groups["url"], match) for match in led).items():
        yield NO_LEADER.finding(
            f"Vault at {ctx.names['vault_address']} redirects the agents to its leader at {url}, which does "
            "not answer, so no login succeeds.",
            *STEPS,
            subjects=(f"host/{url}",),
            pods=tuple(dict.fromkeys(match.log.pod for match in same)),
            evidence=tuple(match.evidence for match in same[:3]),
            alternatives=HINDERED,
        )


def _now(ctx: Context) -> Iterator[Finding]:
    """Yields the finding by Vault's own status, for a deploy without agents."""
    address, route = route_to_vault(ctx)
    answer = query_vault(ctx, address, route)
    if answer.sealed:
        raise NotApplicableError("Vault is sealed")
    if answer.led is None:
        raise NoAnswerError(f"Vault at {address} does not say who leads{f': {answer.detail}' if answer.detail else ''}")
    seen = ctx.record_evidence(f"Vault at {address}", f"leader known: {answer.led}")
    if not answer.led:
        yield NO_LEADER.finding(
            f"Vault at {address} has no active node, so no login succeeds.",
            *STEPS,
            subjects=(f"host/{address}",),
            evidence=(seen,),
        )


ACTIVE_NODE = Check(
    id="vault.active-node",
    title="Vault has an active node",
    stage=stages.VAULT_ACTIVE,
    run=run,
    codes=(NO_LEADER,),
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *VAULT_QUERY_BEFORE_DEPLOY),
)
