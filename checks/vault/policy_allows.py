"""Checks that the policies of Vault's role allow reading the secrets of the templates.

It needs a token. On KV version 2 a policy must name the path with data/ in it: `secret/app/x` allows nothing at
`secret/data/app/x`.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import VAULT_TOKEN_QUERY, WORKER_LOGS
from diagnose.check.rights import optional, with_allowance
from diagnose.commands import vault
from diagnose.domain.vault.agents import TOKEN_USES, uses_unlimited
from diagnose.domain.vault.queries import in_namespace, list_vault_secrets, query_vault, route_to_vault, vault_mount
from diagnose.domain.vault.running_pods import note_startup_evidence, rendered
from diagnose.domain.vault.templates import RequiredSecret, files_of, required_secrets
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.queries.query import NoAnswerError
from diagnose.queries.vault_policies import capabilities_on, is_templated
from diagnose.queries.vault_secrets import VaultPolicy
from diagnose.target.request import Allowance

# The agents' log has it, too: the sentence agrees with that of its signature.
DENIED = Code(
    id="vault.policy-denied",
    meaning="The login succeeds, but the token's policies do not allow reading a path of a template. On KV "
    "version 2 a policy must name the path with data/ in it.",
    fix="Allow the path in a policy of the role.",
    # Vault answers the same where the token has expired, was revoked, or has no uses left.
    symptom=True,
    alternatives=(
        Alternative(
            "The agent's token has no uses left, has expired or was revoked: the role shows its limits "
            "(token_num_uses, token_ttl).",
            TOKEN_USES.id,
        ),
    ),
)
ALL = "root"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields paths that no policy of the role allows; without a token, notes which secrets ready pods rendered."""
    needed = required_secrets(ctx)
    if Allowance.VAULT_TOKEN not in ctx.target.request.allowed:
        note_startup_evidence(ctx, rendered(ctx, files_of(needed)), "could read these secrets")
        return
    answer = query_vault(ctx, *route_to_vault(ctx))
    if answer.role_state == "missing":
        raise NotApplicableError(f"role {ctx.target.vault.role} does not exist")
    if answer.role_state != "exists":
        raise NoAnswerError(f"role {ctx.target.vault.role} cannot be read: {answer.role_state}")
    uses = next(iter(answer.role.get("token_num_uses", ())), "0")
    if uses not in {"", "0"} and (refused := ctx.logged(DENIED.id)):
        yield _spent(ctx, uses, refused)
        return
    names = tuple(dict.fromkeys((*answer.role.get("token_policies", ()), *answer.role.get("policies", ()))))
    if ALL in names:
        return
    policies = list_vault_secrets(ctx, policies=names).policies if names else ()
    for each in policies:
        listed = "; ".join(f"{rule.path}: {', '.join(rule.capabilities)}" for rule in each.rules)
        read = in_namespace(ctx, vault.read_policy(each.name))
        ctx.record_evidence(f"Vault policy {each.name}", listed or each.state, command=read)
    unknown = [f"policy {each.name}: {each.state}" for each in policies if each.state not in {"exists", "missing"}]
    unknown += [f"policy {each.name} has templated paths" for each in policies if is_templated(each.rules)]
    rules = [rule for each in policies for rule in each.rules]
    for required in needed:
        given = capabilities_on(required.path, rules)
        if "read" in given:
            continue
        if unknown and "deny" not in given:
            note_startup_evidence(ctx, rendered(ctx, required.files), f"had {required.path} rendered", unknown[0])
        else:
            yield _denied(ctx, required, policies)


def _spent(ctx: Context, uses: str, refused: tuple[Evidence, ...]) -> Finding:
    role, mount = ctx.target.vault.role, vault_mount(ctx)
    read = vault.read(f"{mount}/role/{role}")
    seen = ctx.record_evidence(f"Vault role {role}", f"token_num_uses {uses}", command=read)
    return TOKEN_USES.finding(
        f'The tokens of Vault role "{role}" expire after {uses} uses (token_num_uses), and the agent needs more.',
        uses_unlimited(ctx, mount),
        Step("Show the role.", in_namespace(ctx, read)),
        subjects=(f"role/{role}",),
        evidence=(seen, *refused[:2]),
    )


def _denied(ctx: Context, required: RequiredSecret, policies: tuple[VaultPolicy, ...]) -> Finding:
    role = ctx.target.vault.role
    missing = [each.name for each in policies if each.state == "missing"]
    names = ", ".join(each.name for each in policies)
    why = f"none of its policies ({names}) allows that path" if names else "it has no policy"
    if missing:
        why = f"its policy {missing[0]} does not exist"
    name = next(iter(missing or [each.name for each in policies]), role)
    add = in_namespace(ctx, vault.allow_read(name, required.path, new=bool(missing)))
    return DENIED.finding(
        f'The Vault role "{role}" may not read {required.path}: {why}.',
        Step(f"Allow it in policy {name}, in addition to its other rules.", add, changes="Vault"),
        Step("See which policies the role gives.", in_namespace(ctx, vault.read(f"{vault_mount(ctx)}/role/{role}"))),
        subjects=(f"role/{role}", *(f"policy/{each.name}" for each in policies)),
        evidence=tuple(each for each in ctx.evidence if each.source.startswith("Vault policy"))[:3],
        proof="Vault's own policies were read, and none allows it",
    )


POLICY_ALLOWS = Check(
    id="vault.policy-allows",
    title="The policies of Vault's role allow reading the secrets of the templates",
    stage=stages.VAULT_POLICY,
    run=run,
    codes=(DENIED, TOKEN_USES),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=(*VAULT_TOKEN_QUERY, *with_allowance(Allowance.VAULT_TOKEN, optional(WORKER_LOGS))),
)
