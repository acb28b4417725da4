"""Did the agent log in to Vault? Its log says which of many refusals it was; a login that hangs says nothing.

An agent that cannot log in retries for ever by default, so the pod stays in `Init:0/1` without an event or a restart.
"""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step

STUCK = Code(
    id="vault.agent-stuck",
    meaning="vault-agent-init runs without an end and without saying why.",
    fix="Read the agent's log and ask Vault for its state.",
)
PATIENCE_S = 60.0
OTHERS = ("vault.templates-rendered", "vault.unsealed", "network.dns-answers")


def ask(ctx: Context) -> Iterator[Finding]:
    """The refusals that the agents' logs name; else agents that neither fail nor finish."""
    if not ctx.target.vault.concerned:
        raise NotApplicableError("the workload does not use the Vault agent")
    named = tuple(ctx.signature_findings())
    yield from named
    told = {pod for finding in named for pod in finding.pods} | {
        match.log.pod for match in ctx.matches("vault.templates-rendered")
    }
    for pod in ctx.target.pods:
        status = pod.container_status("vault-agent-init")
        if status is None or pod.name in told or status.state.running is None:
            continue
        seconds = int(ctx.age(status.state.running.started_at).total_seconds())
        if seconds > PATIENCE_S:
            look = f"kubectl -n {ctx.target.namespace} logs {pod.name} -c vault-agent-init --tail=20"
            yield STUCK.finding(
                f"vault-agent-init of {pod.name} has run for {seconds} s without an end, so the worker is not started.",
                pods=(pod.name,),
                subjects=(f"pod/{pod.name}",),
                steps=(Step(text="Read what the agent says.", command=look),),
            )


AGENT_LOGGED_IN = Check(
    id="vault.agent-logged-in",
    title="The Vault agent logs in",
    ask=ask,
    codes=(STUCK,),
    explained_by=(
        "network.dns-answers",
        "vault.reachable",
        "vault.unsealed",
        "workload.node-healthy",
    ),
)
