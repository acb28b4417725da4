"""Did the agent log in to Vault? Its log says which of many refusals it was; a login that hangs says nothing.

An agent that cannot log in retries for ever by default, so the pod stays in `Init:0/1` without an event or a restart.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.domain.kubernetes.exit_codes import is_oom
from diagnose.domain.kubernetes.pods import log_command
from diagnose.domain.vault.agents import BARE, is_injected
from diagnose.logs.signatures import Match
from diagnose.model.report import Confidence, Evidence, Finding, Step
from diagnose.resources import ContainerStatus, Pod
from diagnose.target.pod_template import AGENT
from diagnose.text.sentences import truncate

STUCK = Code(
    id="vault.agent-stuck",
    meaning="vault-agent-init runs without an end and without saying why.",
    fix="Read the agent's log and ask Vault for its state.",
    transient=True,
)
WAITING = Code(
    id="vault.agent-backing-off",
    meaning="The agent's last attempt failed because Vault was away or sealed; between attempts it waits up to "
    "five minutes, also when Vault is back.",
    fix="Wait for the next attempt, or delete the pod once Vault is well.",
    transient=True,
)
ENDED = Code(
    id="vault.agent-ended",
    meaning="vault-agent-init ends with an error that is none of the known ones.",
    fix="Read the agent's log.",
    transient=True,
)
PATIENCE_S = 60.0
# Its very last line says only that there was an error.
_ERROR = re.compile(r"(?:\[ERROR\]\s+[\w.]+:|\A[Ee]rror(?! encountered during run))(?P<said>.+)")
AWAY = ("vault.reachable", "vault.protocol-agreed", "vault.unsealed", "vault.active-node")
ALTERNATIVES = (
    "the mount is not enabled: `vault auth list` does not show it",
    "Vault's token_reviewer_jwt expired or its account may not review tokens: Vault's log says `login "
    "unauthorized: err=…`",
    "Vault does not reach or trust the Kubernetes API: its log says so, and each 403 takes long to come",
)


def run(ctx: Context) -> Iterator[Finding]:
    """The refusals that the agents' logs name; else agents that neither fail nor finish."""
    vault = ctx.target.vault
    if not (vault.wanted or vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    if not any(is_injected(pod) for pod in ctx.target.pods):
        raise NotApplicableError("no pod has an agent")
    named = tuple(ctx.signature_findings())
    for finding in named:
        likely = replace(finding, confidence=Confidence.LIKELY, alternatives=ALTERNATIVES)
        yield likely if finding.code == BARE else finding
    away = {each.log.pod: each for check in AWAY for each in ctx.matches(check)}
    told = {pod for finding in named for pod in finding.pods}
    told |= {match.log.pod for match in ctx.matches("vault.templates-rendered")}
    for pod in ctx.target.pods:
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            if status.name.startswith(AGENT) and pod.name not in told and not pod.ready:
                yield from _of_agent(ctx, pod, status, away.get(pod.name))


def _of_agent(ctx: Context, pod: Pod, status: ContainerStatus, away: Match | None) -> Iterator[Finding]:
    """What the state of one agent's container says."""
    end = status.state.terminated or (status.last_state.terminated if status.state.running is None else None)
    look = Step(text="Read what the agent says.", command=log_command(ctx, pod.name, status.name))
    is_init = status.name == f"{AGENT}-init"
    since = ctx.age(status.state.running.started_at).total_seconds() if status.state.running else 0.0
    evidence: tuple[Evidence, ...] = ()
    steps: tuple[Step, ...] = (look,)
    if end and is_oom(end):
        return  # workload.memory-sufficient says so
    if is_init and away:
        code, steps, evidence = WAITING, (_delete(ctx, pod), look), (away.evidence,)
        said = away.signature.code.partition(".")[2].replace("-", " ")
        what = f"vault-agent-init of {pod.name} could not log in ({said}) and waits up to 5 min before it tries again"
    elif is_init and end and end.exit_code:
        code, said = ENDED, _last_error(ctx, pod, status.name)
        why = f" ({truncate(said, 70)})" if said else ""
        what = f"vault-agent-init of {pod.name} ends with exit code {end.exit_code}{why}, so the worker is not started"
        if said:
            evidence = (ctx.record_evidence(f"pod {pod.name}, {status.name}", said, command=look.command),)
    elif is_init and since > PATIENCE_S:
        code = STUCK
        what = f"vault-agent-init of {pod.name} has run for {since:.0f} s without an end, so the worker is not started"
    else:
        return
    yield code.finding(f"{what}.", steps=steps, pods=(pod.name,), subjects=(f"pod/{pod.name}",), evidence=evidence)


def _last_error(ctx: Context, pod: Pod, container: str) -> str:
    """The last complaint of the agent in its log, without the time and the part of the agent that it comes from."""
    logs = [log for log in ctx.run_data.logs() if (log.pod, log.container) == (pod.name, container)]
    complaints = [hit["said"] for log in logs for line in log.text.lines if (hit := _ERROR.search(line.text))]
    return complaints[-1].strip() if complaints else ""


def _delete(ctx: Context, pod: Pod) -> Step:
    command = f"kubectl -n {ctx.target.namespace} delete pod {pod.name}"
    return Step(text="Once Vault is well, have a new pod made.", command=command, changes="the pod")


AGENT_LOGGED_IN = Check(
    id="vault.agent-logged-in",
    title="The Vault agent logs in",
    run=run,
    codes=(STUCK, WAITING, ENDED),
    explained_by=(*AWAY, "vault.auth-enabled", "vault.tokens-reviewed", "vault.role-bound", "network.dns-answers"),
    reads=WORKER_LOGS,
)
