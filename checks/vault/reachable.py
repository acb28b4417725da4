"""Can the agents connect to Vault? Pods of Vault that are there but not ready are left to the next question."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EXEC, VAULT_DISCOVERY, WORKER_LOGS, port_check
from diagnose.check.rights import Scope
from diagnose.domain.network.findings import RIGHT_HOST, Dependency, codes_for, name_findings, port_findings
from diagnose.domain.network.reachability import Reachability, Route
from diagnose.domain.vault.agents import correct_address, unreachable_addresses
from diagnose.domain.vault.queries import query_vault, route_to_vault
from diagnose.logs.signatures import findings
from diagnose.model.report import Finding
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.target.pod_template import agent_address
from diagnose.target.survey_plan import vault_endpoint

CODES = codes_for("vault", "Vault")
# Agents that read any of these have reached Vault.
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
        meaning="The network says that Vault's address cannot be reached.",
        fix="Correct Vault's address, or the network between the nodes.",
        transient=True,
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """What Services and pods say of the way, else what the agents' logs say."""
    if not (ctx.target.vault.requested or ctx.target.vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    told = findings(unreachable_addresses(ctx, elsewhere=False), ctx.names)
    address, route = route_to_vault(ctx)
    end = vault_endpoint(address) or (address, 0)
    # Where only the host is wrong, the rest of the address stays.
    right = address.replace(end[0], RIGHT_HOST, 1) if route.state is Reachability.NO_SUCH_NAME else "RIGHT_ADDRESS"
    dependency = Dependency(
        name="Vault", host=end[0], port=end[1], set_by=correct_address(ctx, right), pods=_users(ctx, address)
    )
    if route.state in {Reachability.UNKNOWN, Reachability.NAME_UNRESOLVED}:
        yield from told
        if not told and not any(ctx.matches(check) for check in ANSWERED):
            ctx.record_problem(route.detail or f"the name {end[0]} could not be resolved")
    elif route.state in {Reachability.NO_ENDPOINTS, Reachability.REFUSED} and _answers(ctx, address, route):
        ctx.note("its pods are there, but not ready")
    else:
        found = (*name_findings(ctx, CODES, dependency, route), *port_findings(ctx, CODES, dependency, route))
        # A way that is open now may have been closed to the agents of other pods: a drop has to be told by them.
        yield from found or (each for each in told if each.code == CODES.timed_out.id)


def _answers(ctx: Context, address: str, route: Route) -> bool:
    """Whether a pod behind the Service answers although it is not ready, as a sealed Vault does."""
    if route.through is None:
        return False
    try:
        answer = query_vault(ctx, address, route)
    except NoAnswerError:
        return bool(ctx.matches("vault.unsealed"))
    return answer.answered is AnswerState.YES and (answer.sealed or not answer.initialized)


def _users(ctx: Context, address: str) -> tuple[str, ...]:
    """Names of the pods whose agents use this address; empty where all do."""
    users = tuple(pod.name for pod in ctx.target.pods if agent_address((pod,)) in {"", address})
    return users if 0 < len(users) < len(ctx.target.pods) else ()


REACHABLE = Check(
    id="vault.reachable",
    title="Vault accepts connections",
    stage=stages.VAULT_PORT,
    run=run,
    codes=(CODES.host_not_found, CODES.no_endpoints, CODES.refused, CODES.timed_out, *FROM_LOGS),
    occasions=PREREQUISITES,
    reads=(*WORKER_LOGS, *EXEC, *VAULT_DISCOVERY, *port_check(Scope.VAULT)),
)
