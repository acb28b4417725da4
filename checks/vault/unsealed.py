"""Checks that Vault is initialized and unsealed; its status needs no token, and a pod that is not ready has it, too."""

from collections.abc import Callable, Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import VAULT_QUERY, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl, vault
from diagnose.commands.command import Command
from diagnose.domain.network.reachability import Route
from diagnose.domain.vault.agents import require_agent, users
from diagnose.domain.vault.queries import route_to_vault
from diagnose.domain.vault.status import seal_status
from diagnose.model.report import Finding, Step
from diagnose.queries.query import AnswerState
from diagnose.queries.vault import VaultAnswer

SEALED = Code(
    id="vault.sealed",
    meaning="A sealed Vault serves no secrets until enough of its unseal keys are entered; without "
    "auto-unseal it is sealed after each restart.",
    fix="Unseal Vault.",
    transient=True,
)
EMPTY = Code(
    id="vault.uninitialized",
    meaning="The server has empty storage: it is new, or its volume was lost.",
    fix="Restore Vault's storage, or initialize it if it is new.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by Vault's seal status, else by the agents' logs."""
    require_agent(ctx)
    address, route = route_to_vault(ctx)
    reported = tuple(ctx.signature_findings())
    answer = ctx.detail(lambda: seal_status(ctx, address, route))
    if not answer:
        yield from reported
        return
    if answer.answered is not AnswerState.YES:
        yield from reported
        if not reported:
            ctx.record_problem(f"Vault at {address} gave no answer: {answer.detail}")
        return
    yield from _judged(ctx, address, route, answer)


def _at(address: str, route: Route, command: Callable[[str], Command]) -> Command:
    """Returns the command for the queried server: in its pod, or at its address."""
    if route.through:
        pod, namespace = route.through.pod, route.through.namespace
        return kubectl.run_in(pod, *command("").parts, namespace=namespace, terminal=True)
    return command(address)


def _judged(ctx: Context, address: str, route: Route, answer: VaultAnswer) -> Iterator[Finding]:
    where = f"{route.through.namespace}/{route.through.pod}" if route.through else address
    state = f"initialized {answer.initialized}, sealed {answer.sealed}, version {answer.version}"
    seen = ctx.record_evidence(f"Vault at {where}", state)
    evidence = (seen, *(match.evidence for match in ctx.matches()))[:3]
    inspect = Step("Show its status.", _at(address, route, vault.status))
    subjects, pods = (f"pod/{where}",) if route.through else (f"host/{address}",), users(ctx, address)
    follows = "so no agent can log in and no new pod gets its secrets."
    if not answer.initialized:
        summary = f"Vault at {where} was never initialized, {follows}"
        yield EMPTY.finding(summary, inspect, subjects=subjects, pods=pods, evidence=evidence)
    elif answer.sealed:
        command = _at(address, route, vault.unseal)
        unseal = Step("Unseal it, once for each key of the threshold.", command, changes="Vault")
        summary = f"Vault at {where} is sealed, {follows}"
        yield SEALED.finding(summary, unseal, inspect, subjects=subjects, pods=pods, evidence=evidence)


UNSEALED = Check(
    id="vault.unsealed",
    title="Vault is unsealed",
    stage=stages.VAULT_SEAL,
    run=run,
    codes=(SEALED, EMPTY),
    occasions=PREREQUISITES,
    reads=optional(VAULT_QUERY, WORKER_LOGS),
)
