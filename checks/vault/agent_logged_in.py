"""Checks that the Vault agent logged in.

Its log names the error; a login that hangs logs nothing. An agent that cannot log in retries indefinitely by default,
so the pod stays in `Init:0/1` without an event or a restart.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.exit_codes import is_oom
from diagnose.domain.kubernetes.pods import log_command
from diagnose.domain.vault.agents import require_agent
from diagnose.logs.signatures import Match
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.resources import ContainerStatus, Pod
from diagnose.target.pod_template import AGENT
from diagnose.target.samples import kind_of_failure
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

STUCK = Code(
    id="vault.agent-stuck",
    meaning="vault-agent-init keeps running (Init:0/1) and logs no error.",
    fix="Read the agent's log and check Vault's status.",
    symptom=True,
    alternatives=(
        Alternative("Vault does not answer the agent's requests: read its status.", "vault.unreachable"),
        Alternative(
            "The agent waits between two attempts, and its log begins after the error.", "vault.agent-backing-off"
        ),
    ),
    transient=True,
)
WAITING = Code(
    id="vault.agent-backing-off",
    meaning="The agent's last attempt failed because Vault was unreachable or sealed; between attempts it "
    "waits up to five minutes, also when Vault is available again.",
    fix="Wait for the next attempt, or delete the pod once Vault is healthy.",
    symptom=True,
    alternatives=(
        Alternative("Vault is still not available: read its status.", "vault.unreachable"),
        "Vault is available again, and the agent's next attempt is still to come.",
    ),
    transient=True,
)
ENDED = Code(
    id="vault.agent-ended",
    meaning="vault-agent-init exits with an unknown error (Init:Error, Init:CrashLoopBackOff).",
    fix="Read the agent's log.",
    symptom=True,
    alternatives=(
        Alternative(
            "The agent's configuration in the annotations is invalid: its first lines name the part.",
            "vault.agent-config-invalid",
        ),
        Alternative("Vault refuses the login or a path: its last lines name it.", "vault.login-failed"),
    ),
    transient=True,
)
PATIENCE_S = 60.0
# The last line itself only reports that there was an error.
_ERROR = lazy(r"(?:\[ERROR\]\s+[\w.]+:|\A[Ee]rror(?! encountered during run))(?P<said>.+)")
AWAY = ("vault.reachable", "vault.protocol-agreed", "vault.unsealed", "vault.active-node")
FROM_LOGS = (
    Code(
        id="vault.login-denied",
        meaning="Vault answers the login with a 403 without a reason: the mount does not exist, or Kubernetes did "
        "not review the pod's token for Vault.",
        fix="Read the reason in Vault's own log, and correct the mount or Vault's access to token reviews.",
    ),
    Code(
        id="vault.auth-not-configured",
        meaning="The kubernetes auth method is not configured, so Vault cannot have service account tokens reviewed.",
        fix="Configure the auth method with the address of the Kubernetes API.",
    ),
    Code(
        id="vault.issuer-mismatch",
        meaning="The auth method validates the issuer of service account tokens, and its configured issuer is not "
        "that of the cluster.",
        fix="Disable the validation of the issuer, or configure the cluster's issuer.",
    ),
    Code(
        id="vault.audience-mismatch",
        meaning="The role requires an audience, and the agent's service account token is issued for another one.",
        fix="Remove the audience from the role, or configure the agent with a token that is issued for it.",
    ),
    Code(
        id="vault.clock-skew",
        meaning="Vault considers a service account token that was just issued expired or not yet valid: a clock "
        "is wrong.",
        fix="Correct the clock of the node, or of Vault's host.",
    ),
    Code(
        id="vault.rate-limited",
        meaning="A rate limit quota of Vault applies to the path, and the pod's address, or that of a load "
        "balancer, exceeds it.",
        fix="Raise the quota, or start fewer pods at once.",
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
        meaning="Vault's certificate has expired, or the clock of the pod's node is far ahead.",
        fix="Renew Vault's certificate.",
    ),
    Code(
        id="vault.certificate-not-yet-valid",
        meaning="Vault's certificate is not valid yet by the clock of the pod's node: that clock is behind, or "
        "that of the issuer ahead.",
        fix="Correct the clock of the node, or reissue the certificate.",
    ),
    Code(
        id="vault.ca-file-missing",
        meaning="The annotation ca-cert names a file that no mounted Secret provides.",
        fix="Correct vault.hashicorp.com/ca-cert, or vault.hashicorp.com/tls-secret that provides the file below "
        "/vault/tls.",
    ),
    Code(
        id="vault.login-failed",
        meaning="Vault refuses the login, or fails, with an unknown error, which is in the summary.",
        fix="Read Vault's own log at that time.",
        symptom=True,
        alternatives=(
            Alternative(
                "The role or the auth method has a setting that Vault does not accept: read both.",
                "vault.role-not-found",
            ),
            "Vault itself has an error, such as of its storage: its own log names it.",
        ),
    ),
    Code(
        id="vault.request-failed",
        meaning="The login request fails before Vault answers, with an unknown error, which is in the summary.",
        fix="Check the network between the pod and Vault, and the agent's configuration.",
        symptom=True,
        alternatives=(
            Alternative(
                "The address of Vault is wrong, or leads elsewhere: read the annotation.", "vault.host-not-found"
            ),
            Alternative("A proxy or a policy between pod and Vault ends the request.", "vault.connection-reset"),
        ),
        transient=True,
    ),
    Code(
        id="vault.connection-reset",
        meaning="Something accepts the connection and closes it: a proxy or load balancer in front of Vault, a "
        "mesh sidecar that has not started, or TLS to a plain HTTP port.",
        fix="Check the proxies between the pod and Vault; with Istio exclude Vault's port from the sidecar.",
        symptom=True,
        alternatives=(
            Alternative("The port speaks TLS and the agent does not, or the reverse.", "vault.tls-not-spoken"),
            "A proxy, a load balancer or a sidecar in front of Vault ends the connection: read its log.",
        ),
        transient=True,
    ),
    Code(
        id="vault.agent-config-invalid",
        meaning="An annotation of the injector has an invalid value, such as permissions that are not a number, or a "
        "duration without a unit.",
        fix="Correct the annotation that the agent's log names.",
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the errors in the agents' logs; else agents that neither fail nor finish."""
    require_agent(ctx, injected=True)
    named = tuple(ctx.signature_findings())
    yield from named
    away = {each.log.pod: each for check in AWAY for each in ctx.matches(check)}
    reported = {pod for finding in named for pod in finding.pods}
    reported |= {match.log.pod for match in ctx.matches("vault.templates-rendered")}
    for pod in _without_a_reason(ctx, reported, reported | away.keys()):
        for status in pod.status.all_container_statuses:
            if status.name.startswith(AGENT):
                yield from _of_agent(ctx, pod, status, away.get(pod.name))


def _without_a_reason(ctx: Context, reported: set[str], explained: set[str]) -> Iterator[Pod]:
    """Yields unready pods that are not reported; of many that fail alike the logs of a few are read, and speak for all.

    Args:
        ctx: the run.
        reported: the pods with a finding.
        explained: those whose logs say why they wait.
    """
    read = {log.pod for log in ctx.logs()}
    failing = [pod for pod in ctx.target.pods if not pod.ready]
    kinds = {kind_of_failure(pod) for pod in failing if pod.name in explained}
    for pod in failing:
        if pod.name not in reported and (pod.name in read or kind_of_failure(pod) not in kinds):
            yield pod


def _of_agent(ctx: Context, pod: Pod, status: ContainerStatus, away: Match | None) -> Iterator[Finding]:
    """Yields the finding by the state of one agent's container."""
    end = status.state.terminated or (status.last_state.terminated if status.state.running is None else None)
    is_init = status.name == f"{AGENT}-init"
    if not is_init or (end and is_oom(end)):
        return  # workload.memory-sufficient reports what lacks memory.
    inspect = Step("Read the agent's log.", log_command(ctx, pod.name, status.name))
    since = ctx.age(status.state.running.started_at).total_seconds() if status.state.running else 0.0
    evidence: tuple[Evidence, ...] = ()
    steps: tuple[Step, ...] = (inspect,)
    if away:
        command = kubectl.delete("pod", pod.name, namespace=ctx.target.namespace)
        delete = Step("Delete the pod once Vault is healthy.", command, changes="the pod")
        code, steps, evidence = WAITING, (delete, inspect), (away.evidence,)
        message = away.signature.code.partition(".")[2].replace("-", " ")
        what = f"vault-agent-init of {pod.name} could not log in ({message}) and waits up to 5 min before a retry"
    elif end and end.exit_code:
        code, message = ENDED, _last_error(ctx, pod, status.name)
        why = f" ({truncate(message, 70)})" if message else ""
        what = f"vault-agent-init of {pod.name} ends with exit code {end.exit_code}{why}, so the worker is not started"
        if message:
            evidence = (ctx.record_evidence(f"pod {pod.name}, {status.name}", message, command=inspect.command),)
    elif since > PATIENCE_S:
        code = STUCK
        what = f"vault-agent-init of {pod.name} has run for {since:.0f} s (Init:0/1), so the worker is not started"
    else:
        return
    yield code.finding(f"{what}.", *steps, pods=(pod.name,), evidence=evidence)


def _last_error(ctx: Context, pod: Pod, container: str) -> str:
    """Returns the last error in the agent's log, without timestamp and component."""
    logs = [log for log in ctx.detail(ctx.logs) or () if (log.pod, log.container) == (pod.name, container)]
    complaints = [hit["said"] for log in logs for line in log.text.lines if (hit := _ERROR.search(line.text))]
    return complaints[-1].strip() if complaints else ""


AGENT_LOGGED_IN = Check(
    id="vault.agent-logged-in",
    title="The Vault agent logs in",
    stage=stages.VAULT_LOGIN,
    run=run,
    codes=(STUCK, WAITING, ENDED, *FROM_LOGS),
    reads=WORKER_LOGS,
)
