"""Can the agents connect to Vault? Pods of Vault that are there but not ready are left to the next question."""

from collections.abc import Iterator

from diagnose.check.api import PREREQUISITES, Check, Context, NotApplicableError
from diagnose.check.reads import FINDS_VAULT, INSIDE, WORDS, why_closed
from diagnose.check.rights import Place
from diagnose.domain.network.findings import RIGHT_HOST, Dependency, codes_for, name_findings, port_findings
from diagnose.domain.network.reachability import Reach, Way
from diagnose.domain.vault.agents import correct_address, unreached
from diagnose.domain.vault.queries import ask_vault, way_to_vault
from diagnose.logs.signatures import findings
from diagnose.model.report import Finding
from diagnose.queries.query import Answered, CannotLookError
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


def ask(ctx: Context) -> Iterator[Finding]:
    """What Services and pods say of the way, else what the agents' logs say."""
    if not (ctx.target.vault.wanted or ctx.target.vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    told = findings(unreached(ctx, elsewhere=False), ctx.names)
    address, way = way_to_vault(ctx)
    end = vault_endpoint(address) or (address, 0)
    # Where only the host is wrong, the rest of the address stays.
    right = address.replace(end[0], RIGHT_HOST, 1) if way.state is Reach.NO_SUCH_NAME else "RIGHT_ADDRESS"
    dependency = Dependency(
        name="Vault", host=end[0], port=end[1], set_by=correct_address(ctx, right), pods=_users(ctx, address)
    )
    if way.state in {Reach.UNTOLD, Reach.NAME_UNRESOLVED}:
        yield from told
        if not told and not any(ctx.matches(check) for check in ANSWERED):
            ctx.could_not(way.detail or f"the name {end[0]} could not be resolved")
    elif way.state in {Reach.NO_ENDPOINTS, Reach.REFUSED} and _answers(ctx, address, way):
        ctx.note("its pods are there, but not ready")
    else:
        found = (*name_findings(ctx, CODES, dependency, way), *port_findings(ctx, CODES, dependency, way))
        # A way that is open now may have been closed to the agents of other pods: a drop has to be told by them.
        yield from found or (each for each in told if each.code == CODES.timed_out.id)


def _answers(ctx: Context, address: str, way: Way) -> bool:
    """Whether a pod behind the Service answers although it is not ready, as a sealed Vault does."""
    if way.through is None:
        return False
    try:
        answer = ask_vault(ctx, address, way)
    except CannotLookError:
        return bool(ctx.matches("vault.unsealed"))
    return answer.answered is Answered.YES and (answer.sealed or not answer.initialized)


def _users(ctx: Context, address: str) -> tuple[str, ...]:
    """Names of the pods whose agents use this address; empty where all do."""
    users = tuple(pod.name for pod in ctx.target.pods if agent_address((pod,)) in {"", address})
    return users if 0 < len(users) < len(ctx.target.pods) else ()


REACHABLE = Check(
    id="vault.reachable",
    title="Vault accepts connections",
    ask=ask,
    codes=(CODES.host_not_found, CODES.no_endpoints, CODES.refused, CODES.timed_out),
    explained_by=(
        "network.policies-allow",
        "network.resolution-shared",
        "network.dns-answers",
        "workload.node-healthy",
    ),
    occasions=PREREQUISITES,
    reads=(*WORDS, *INSIDE, *FINDS_VAULT, *why_closed(Place.VAULT)),
)
