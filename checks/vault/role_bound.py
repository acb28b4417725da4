"""Checks that Vault's role is bound to the service account and namespace; it needs a token."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import VAULT_TOKEN_QUERY, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import vault
from diagnose.domain.vault.agents import bare_denials
from diagnose.domain.vault.queries import in_namespace, query_vault, route_to_vault, vault_mount
from diagnose.domain.vault.running_pods import logged_in, note_startup_evidence
from diagnose.model.report import Alternative, Finding, Step
from diagnose.queries.query import NoAnswerError
from diagnose.target.request import Allowance
from diagnose.text.addresses import is_within
from diagnose.text.sentences import listed

# The agents' log has these, too: the sentences agree with those of its signatures.
NO_ROLE = Code(
    id="vault.role-not-found",
    meaning="Vault's kubernetes auth method has no role with the name in the pod's annotation, at the agent's mount.",
    fix="Create the role in Vault, or correct the annotation vault.hashicorp.com/role.",
)
OTHER_ACCOUNT = Code(
    id="vault.service-account-not-bound",
    meaning="The role's bound_service_account_names does not contain the pod's service account.",
    fix="Bind the role to the pod's service account, or use the account that the role is bound to.",
)
OTHER_NAMESPACE = Code(
    id="vault.namespace-not-bound",
    meaning="The role's bound_service_account_namespaces does not contain the pod's namespace.",
    fix="Bind the role to the pod's namespace.",
)
OTHER_ADDRESS = Code(
    id="vault.address-not-bound",
    meaning="The role's token_bound_cidrs contains no address of the pods, and Vault denies logins from other "
    "addresses without a reason.",
    fix="Add the network of the pods to the role's token_bound_cidrs.",
)
OTHER_SOURCE = Alternative(
    "Vault may see the address of a node or a proxy instead of the pod's, and deny the login since Kubernetes does not "
    "review tokens for it: its audit log has the address.",
    "vault.token-review-failed",
)
ACCOUNTS, NAMESPACES, ADDRESSES = "bound_service_account_names", "bound_service_account_namespaces", "token_bound_cidrs"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a role that is missing or bound to others."""
    vault = ctx.target.vault
    if not vault.role:
        raise NotApplicableError("the pod template names no Vault role")
    if Allowance.VAULT_TOKEN not in ctx.target.request.allowed:
        if not ctx.target.request.before_deploy:
            raise NotApplicableError("a role can only be read with a token, and VAULT_TOKEN is not set")
        note_startup_evidence(ctx, logged_in(ctx), f"logged in with role {vault.role}")
        return
    answer = query_vault(ctx, *route_to_vault(ctx))
    match answer.role_state:
        case "missing":
            where = vault_mount(ctx)
            summary = f'The Vault role "{vault.role}" does not exist on {where}, so vault-agent-init cannot log in.'
            yield NO_ROLE.finding(summary, *_bind(ctx, {}), subjects=(f"role/{vault.role}",))
        case "exists":
            yield from _bound(ctx, answer.role)
        case why:
            raise NoAnswerError(why)


def _bound(ctx: Context, role: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    account, namespace, name = ctx.names["service_account"], ctx.target.namespace, ctx.target.vault.role
    for setting, own, code, what in (
        (ACCOUNTS, account, OTHER_ACCOUNT, f"service account {account} of {namespace}"),
        (NAMESPACES, namespace, OTHER_NAMESPACE, f"namespace {namespace}"),
    ):
        bound = role.get(setting, ())
        seen = ctx.record_evidence(f"Vault role {name}", f"{setting}: {', '.join(bound)}")
        # Without namespaces the role may select them by labels, which are not read here.
        if bound and not allows(bound, own):
            yield code.finding(
                f'The Vault role "{name}" is not bound to {what}, so vault-agent-init cannot log in.',
                *_bind(ctx, role),
                subjects=(f"role/{name}",),
                evidence=(seen,),
            )

    yield from _by_address(ctx, role.get(ADDRESSES, ()))


def _by_address(ctx: Context, bound: tuple[str, ...]) -> Iterator[Finding]:
    """Yields the finding about pods with a denied login, none of whose addresses the role admits."""
    denied = {match.log.pod for match in bare_denials(ctx)} if bound else set()
    others = [each for each in ctx.target.pods if each.name in denied and each.status.pod_ip]
    if not others or any(is_within(each.status.pod_ip, bound) for each in others):
        return
    role, address = ctx.target.vault.role, others[0].status.pod_ip
    networks = ",".join((*bound, "RIGHT_NETWORK"))
    yield OTHER_ADDRESS.finding(
        f'The Vault role "{role}" admits logins from {listed(bound)} alone, and pod {others[0].name} has {address}.',
        Step(
            "Admit the network of the pods, too.",
            in_namespace(ctx, vault.write(f"{vault_mount(ctx)}/role/{role}", f"{ADDRESSES}={networks}")),
            changes="Vault",
        ),
        subjects=(f"role/{role}",),
        pods=tuple(each.name for each in others),
        evidence=(ctx.record_evidence(f"Vault role {role}", f"{ADDRESSES}: {', '.join(bound)}"),),
        alternatives=(OTHER_SOURCE,),
    )


def allows(bound: tuple[str, ...], own: str) -> bool:
    """Whether one of a role's entries, in which * is a wildcard, matches the name."""
    return any(fnmatchcase(own, each) for each in bound)


def _bind(ctx: Context, bound: dict[str, tuple[str, ...]]) -> tuple[Step, ...]:
    """Returns the command that adds account and namespace to the role; a new role gets a policy, too."""
    role, mount = ctx.target.vault.role, vault_mount(ctx)
    own = {ACCOUNTS: ctx.names["service_account"], NAMESPACES: ctx.target.namespace}
    settings = (f"{name}={','.join(dict.fromkeys((*bound.get(name, ()), own[name])))}" for name in own)
    is_new = not bound.get(ACCOUNTS)
    more = (f"token_policies={role}",) if is_new else ()
    text = "Bind the role to this service account and namespace."
    if is_new:
        text = f"Create the role for this service account; that its policy is named {role}, too, is assumed."
    command = in_namespace(ctx, vault.write(f"{mount}/role/{role}", *settings, *more))
    return (
        Step(text, command, changes="Vault"),
        Step("See which roles there are.", in_namespace(ctx, vault.list_names(f"{mount}/role"))),
    )


ROLE_BOUND = Check(
    id="vault.role-bound",
    title="Vault's role is bound to the pod's service account",
    stage=stages.VAULT_ROLE,
    run=run,
    codes=(NO_ROLE, OTHER_ACCOUNT, OTHER_NAMESPACE, OTHER_ADDRESS),
    occasions=PREREQUISITES,
    reads=(*VAULT_TOKEN_QUERY, *optional(WORKER_LOGS)),
)
