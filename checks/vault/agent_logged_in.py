"""Did the agent log in to Vault? Its log says which of many refusals it was; a login that hangs says nothing.

An agent that cannot log in retries for ever by default, so the pod stays in `Init:0/1` without an event or a restart.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import kubectl
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

FROM_LOGS = (
    Code(
        id="vault.login-denied",
        meaning="Vault answers the login with a bare 403: the mount does not exist, or Vault could not have the pod's "
        "token reviewed by Kubernetes.",
        fix="Read the reason in Vault's own log, and correct the mount or Vault's access to token reviews.",
    ),
    Code(
        id="vault.auth-not-configured",
        meaning="The kubernetes auth method has no configuration, so Vault does not know whom to ask about service "
        "account tokens.",
        fix="Configure the auth method with the address of the Kubernetes API.",
    ),
    Code(
        id="vault.issuer-mismatch",
        meaning="The auth method validates the issuer of service account tokens and is configured with another one "
        "than the cluster's.",
        fix="Switch the issuer's validation off, or configure the cluster's issuer.",
    ),
    Code(
        id="vault.audience-mismatch",
        meaning="The role names an audience, and the service account token that the agent shows is issued for another "
        "one.",
        fix="Take the audience away from the role, or let the agent use a token that is issued for it.",
    ),
    Code(
        id="vault.clock-skew",
        meaning="A service account token that was just issued looks expired or not yet valid to Vault: a clock is "
        "wrong.",
        fix="Set the clock of the node, or of the machine that Vault runs on.",
    ),
    Code(
        id="vault.rate-limited",
        meaning="A rate limit quota of Vault holds for the path, and more requests come from the pod's address, or "
        "from that of a load balancer in front of Vault, than it allows.",
        fix="Raise the quota, or let fewer pods start at once.",
        transient=True,
    ),
    Code(
        id="vault.certificate-not-trusted",
        meaning="TLS to Vault fails: the certificate is of an unknown authority or of another name.",
        fix="Give the agent Vault's CA (vault.hashicorp.com/tls-secret and ca-cert), or correct the name in the "
        "address or the certificate.",
    ),
    Code(
        id="vault.certificate-expired",
        meaning="Vault serves a certificate whose time is over, or the clock of the pod's node is far ahead.",
        fix="Renew Vault's certificate.",
    ),
    Code(
        id="vault.certificate-not-yet-valid",
        meaning="Vault's certificate begins in the future of the pod's node: the clock of the node is behind, or that "
        "of who issued the certificate ahead.",
        fix="Set the clock of the node, or issue the certificate anew.",
    ),
    Code(
        id="vault.ca-file-missing",
        meaning="The annotation ca-cert names a file that no mounted Secret provides.",
        fix="Correct vault.hashicorp.com/ca-cert, or vault.hashicorp.com/tls-secret that provides the file below "
        "/vault/tls.",
    ),
    Code(
        id="vault.login-failed",
        meaning="Vault refuses the login, or fails at it, with an error that is none of the known ones; its text "
        "stands in the summary.",
        fix="See what Vault's own log says at that time.",
    ),
    Code(
        id="vault.request-failed",
        meaning="The request to log in fails before Vault answers it, with an error that is none of the known ones; "
        "its text stands in the summary.",
        fix="See what stands between the pod and Vault, and how the agent was configured.",
        transient=True,
    ),
    Code(
        id="vault.connection-reset",
        meaning="Something takes the connection and ends it: a proxy or load balancer before Vault, a mesh sidecar "
        "that is not up yet, or TLS spoken to plain HTTP.",
        fix="Look at what stands between the pod and Vault; with Istio exclude Vault's port from the sidecar.",
        transient=True,
    ),
    Code(
        id="vault.agent-config-invalid",
        meaning="An annotation of the injector has a value that the agent cannot read, such as permissions that are no "
        "number or a time without a unit.",
        fix="Correct the annotation that the agent's log names.",
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """The refusals that the agents' logs name; else agents that neither fail nor finish."""
    vault = ctx.target.vault
    if not (vault.requested or vault.sourced):
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
        for status in pod.status.all_container_statuses:
            if status.name.startswith(AGENT) and pod.name not in told and not pod.ready:
                yield from _of_agent(ctx, pod, status, away.get(pod.name))


def _of_agent(ctx: Context, pod: Pod, status: ContainerStatus, away: Match | None) -> Iterator[Finding]:
    """What the state of one agent's container says."""
    end = status.state.terminated or (status.last_state.terminated if status.state.running is None else None)
    look = Step("Read what the agent says.", log_command(ctx, pod.name, status.name))
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
    yield code.finding(f"{what}.", *steps, pods=(pod.name,), subjects=(f"pod/{pod.name}",), evidence=evidence)


def _last_error(ctx: Context, pod: Pod, container: str) -> str:
    """The last complaint of the agent in its log, without the time and the part of the agent that it comes from."""
    logs = [log for log in ctx.run_data.logs() if (log.pod, log.container) == (pod.name, container)]
    complaints = [hit["said"] for log in logs for line in log.text.lines if (hit := _ERROR.search(line.text))]
    return complaints[-1].strip() if complaints else ""


def _delete(ctx: Context, pod: Pod) -> Step:
    command = kubectl.delete("pod", pod.name, namespace=ctx.target.namespace)
    return Step("Once Vault is well, have a new pod made.", command, changes="the pod")


AGENT_LOGGED_IN = Check(
    id="vault.agent-logged-in",
    title="The Vault agent logs in",
    stage=stages.VAULT_LOGIN,
    run=run,
    codes=(STUCK, WAITING, ENDED, *FROM_LOGS),
    reads=WORKER_LOGS,
)
