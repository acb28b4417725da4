"""Can Vault be reached at the address that the agents use?"""

from collections.abc import Iterator

from diagnose.asking import way_to_vault
from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding, Step
from diagnose.probes.question import CannotLookError
from diagnose.unreachable import Dependency, codes_for, name_findings, port_findings
from diagnose.world import vault_endpoint

CODES = codes_for("vault", "Vault")


def ask(ctx: Context) -> Iterator[Finding]:
    """What is wrong with the way to Vault."""
    if not ctx.target.vault.wanted:
        raise NotApplicableError("the pod template does not ask for the Vault agent")
    found = way_to_vault(ctx)
    if found is None:
        raise CannotLookError("neither a pod nor the injector says where Vault is")
    address, way = found
    host, port = vault_endpoint(address) or (address, 0)
    dependency = Dependency(
        name="Vault",
        host=host,
        port=port,
        set_by=Step(
            text="Correct the address: the annotation vault.hashicorp.com/service, or the injector's own.",
            command="kubectl -n vault set env deployment/vault-agent-injector --list",
        ),
    )
    yield from name_findings(ctx, CODES, dependency, way)
    yield from port_findings(ctx, CODES, dependency, way)


REACHABLE = Check(
    id="vault.reachable",
    title="Vault can be reached",
    ask=ask,
    codes=(CODES.host_not_found, CODES.no_endpoints, CODES.refused, CODES.timed_out),
    explained_by=("network.dns-answers", "vault.unsealed", "workload.node-healthy"),
)
