"""Did the logged-in agent render its files? What is missing in Vault ends it after five minutes, over and over."""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.injection import is_injected
from diagnose.model import Finding


def ask(ctx: Context) -> Iterator[Finding]:
    """What the agents' logs say of reading and writing."""
    if not (ctx.target.vault.wanted or ctx.target.vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    if not any(is_injected(pod) for pod in ctx.target.pods):
        raise NotApplicableError("no pod has an agent")
    yield from ctx.signature_findings()


TEMPLATES_RENDERED = Check(
    id="vault.templates-rendered",
    title="The Vault agent renders the secrets",
    ask=ask,
    explained_by=("vault.unsealed", "vault.reachable"),
)
