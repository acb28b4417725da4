"""Checks that the agents can connect to Vault; pods of Vault that are not ready are the subject of later checks."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, Missing
from diagnose.check.reads import EXEC, VAULT_DISCOVERY, WORKER_LOGS, port_check
from diagnose.check.rights import Scope
from diagnose.commands import vault
from diagnose.domain.network.findings import RIGHT_HOST, RIGHT_PORT, Dependency, codes_for, name_findings, port_findings
from diagnose.domain.network.reachability import Reachability, Route
from diagnose.domain.vault.agents import correct_address, require_agent, unreachable_addresses, users
from diagnose.domain.vault.queries import query_vault, route_to_vault
from diagnose.logs.signatures import findings
from diagnose.model.report import Alternative, Finding
from diagnose.queries.query import AnswerState
from diagnose.target.survey_plan import vault_endpoint

CODES = codes_for("vault", "Vault")
# Agents with matches of these reached Vault.
ANSWERED = (
    "vault.protocol-agreed",
    "vault.unsealed",
    "vault.active-node",
    "vault.agent-logged-in",
    "vault.templates-rendered",
)

FROM_LOGS = (
    Code(
        id="vault.unreachable",
        meaning="Vault's address cannot be reached.",
        fix="Correct Vault's address, or the network between the nodes.",
        symptom=True,
        alternatives=(
            Alternative("A NetworkPolicy or a firewall drops the packets.", "vault.timed-out"),
            Alternative("Nothing listens on the port.", "vault.refused"),
            Alternative("The name leads to another address than Vault's.", "network.resolved-elsewhere"),
        ),
        transient=True,
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by Services and pods, else by the agents' logs."""
    require_agent(ctx)
    reported = findings(unreachable_addresses(ctx, elsewhere=False), ctx.names)
    address, route = route_to_vault(ctx)
    end = vault_endpoint(address) or (address, 0)
    # Where only the host or the port is wrong, the rest of the address is kept.
    right = "RIGHT_ADDRESS"
    if route.state is Reachability.NO_SUCH_NAME:
        right = address.replace(end[0], RIGHT_HOST, 1)
    elif route.state is Reachability.NO_SUCH_PORT and address.endswith(f":{end[1]}"):
        right = f"{address.rpartition(':')[0]}:{RIGHT_PORT}"
    dependency = Dependency(
        name="Vault",
        host=end[0],
        port=end[1],
        set_by=correct_address(ctx, right),
        pods=users(ctx, address),
        once_started=f"it starts sealed, unless it unseals itself: {vault.unseal()}",
    )
    if route.state in {Reachability.UNKNOWN, Reachability.NAME_UNRESOLVED}:
        yield from reported
        if any(ctx.matches(check) for check in ANSWERED):
            ctx.cover(route.missing, "the agents' logs quote its answer")
        elif not reported:
            ctx.record_problem(route.detail or f"the name {end[0]} could not be resolved")
    elif route.state in {Reachability.NO_ENDPOINTS, Reachability.REFUSED} and _answers(ctx, address, route):
        ctx.note("its pods exist, but are not ready")
    else:
        found = (*name_findings(ctx, CODES, dependency, route), *port_findings(ctx, CODES, dependency, route))
        # The route may be open now, although it was blocked for agents of other pods: their logs show drops.
        yield from found or (each for each in reported if each.code == CODES.timed_out.id)


def _answers(ctx: Context, address: str, route: Route) -> bool:
    """Whether a backend of the Service answers although it is not ready, as a sealed Vault does."""
    if route.through is None:
        return False
    answer = ctx.detail(lambda: query_vault(ctx, address, route))
    if isinstance(answer, Missing):
        sealed = bool(ctx.matches("vault.unsealed"))
        if sealed:
            ctx.cover((answer.reason,), "the agents' logs quote its answer")
        return sealed
    return answer.answered is AnswerState.YES and (answer.sealed or not answer.initialized)


REACHABLE = Check(
    id="vault.reachable",
    title="Vault accepts connections",
    stage=stages.VAULT_PORT,
    run=run,
    codes=(CODES.host_not_found, CODES.no_endpoints, CODES.refused, CODES.timed_out, *FROM_LOGS),
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *EXEC, *VAULT_DISCOVERY, *port_check(Scope.VAULT)),
)
