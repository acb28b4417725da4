"""Does the role exist and is it bound to this pod's account? Told by Vault itself, with the operator's VAULT_TOKEN."""

from collections.abc import Iterator

from diagnose.asking import ask_vault, way_to_vault
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step

UNBOUND = Code(
    id="vault.role-not-bound-here",
    meaning="The role's bound names do not contain this pod's service account or namespace.",
    fix="Add the service account and its namespace to the role.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """The role's own settings against the pod's account and namespace."""
    vault, names = ctx.target.vault, ctx.names
    if not vault.wanted or not vault.role:
        raise NotApplicableError("the pod template does not ask for the Vault agent")
    found = way_to_vault(ctx)
    if found is None:
        raise NotApplicableError("it is not known where Vault is")
    answer = ask_vault(ctx, *found)
    if not answer.role_state:
        raise NotApplicableError("no VAULT_TOKEN was given to read the role with")
    account, namespace = names["service_account"], ctx.target.namespace
    bound = answer.role.get("bound_service_account_names", ()), answer.role.get("bound_service_account_namespaces", ())
    wrong = [
        what
        for what, value, allowed in (("service account", account, bound[0]), ("namespace", namespace, bound[1]))
        if value not in allowed and "*" not in allowed
    ]
    if answer.role_state == "missing" or not wrong:
        ctx.note("the role does not exist" if answer.role_state == "missing" else "")
        return
    yield UNBOUND.finding(
        f'The Vault role "{vault.role}" is not bound to {" and ".join(wrong)} of {namespace}/{account}.',
        subjects=(f"vault-role/{vault.role}",),
        steps=(
            Step(
                text="Bind the role (this replaces its bound names).",
                command=(
                    f"vault patch {vault.auth_path}/role/{vault.role} "
                    f"bound_service_account_names={account} bound_service_account_namespaces={namespace}"
                ),
                changes="Vault",
            ),
            Step(text="Read the role.", command=f"vault read {vault.auth_path}/role/{vault.role}"),
        ),
    )


ROLE_BOUND = Check(
    id="vault.role-bound",
    title="The Vault role is bound to the worker's service account",
    ask=ask,
    codes=(UNBOUND,),
    requires=("vault.unsealed",),
    explained_by=("vault.unsealed", "vault.agent-logged-in"),
)
