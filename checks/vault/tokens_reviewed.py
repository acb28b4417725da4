"""Can Vault have tokens reviewed by Kubernetes? Asked where it denies a login without a reason, at a mount that exists.

Only Vault's own log says why, and only at the level debug; without it the cluster's roles and the time that a denial
takes tell some of it.
"""

from collections.abc import Iterator

from checks.review_words import FAILED, NOT_ALLOWED, NOT_TRUSTED, TOKEN_INVALID, UNREACHABLE, certain, likely
from checks.reviews import failure_in_log, vault_servers
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.check.reads import ASKS_VAULT, WORDS
from diagnose.check.rights import Place, deeper, lists, logs
from diagnose.domain.vault.agents import LOGIN_IS_THERE, bare_denials
from diagnose.domain.vault.queries import ask_vault, read_login_path, way_to_vault
from diagnose.model.report import Finding, Vantage
from diagnose.resources import ClusterRole, ClusterRoleBinding, Pod
from diagnose.target.target import Allowance


def ask(ctx: Context) -> Iterator[Finding]:
    """What keeps Vault from reviewing, as far as it can be seen."""
    denied = bare_denials(ctx)
    if not denied:
        raise NotApplicableError("Vault denies no login without a reason")
    address, way = way_to_vault(ctx)
    servers = vault_servers(ctx, way)
    failure, seen = failure_in_log(ctx, servers, denied[0])
    mount = denied[0].groups["mount"]
    if not failure and read_login_path(ctx, address, way, mount).status != LOGIN_IS_THERE:
        raise NotApplicableError(f"it is not seen that Vault has {mount}")
    pods = tuple(dict.fromkeys(match.log.pod for match in denied))
    code, summary, steps, alternatives = certain(mount, failure) if failure else likely(ctx, mount, servers, denied[0])
    if Allowance.VAULT_TOKEN in ctx.target.allowed and (config := ask_vault(ctx, address, way).auth_config):
        told = ", ".join(f"{name}: {value}" for name, value in config.items())
        seen = (*seen, ctx.saw(f"Vault's {mount}/config", told, Vantage.TUNNEL))
    yield code.finding(
        summary,
        subjects=(f"mount/{mount}",),
        pods=pods,
        evidence=(*seen, denied[0].evidence),
        steps=steps,
        alternatives=alternatives,
    )


TOKENS_REVIEWED = Check(
    id="vault.tokens-reviewed",
    title="Vault can have tokens reviewed by Kubernetes",
    ask=ask,
    codes=(NOT_ALLOWED, TOKEN_INVALID, UNREACHABLE, NOT_TRUSTED, FAILED),
    explained_by=("vault.reachable", "vault.unsealed", "vault.active-node", "vault.auth-enabled"),
    reads=(
        *WORDS,
        *deeper(
            ASKS_VAULT,
            lists(Place.VAULT, Pod),
            logs(Place.VAULT),
            lists(Place.CLUSTER, ClusterRole, ClusterRoleBinding),
        ),
    ),
)
