"""Did the agent render the files? After the login come the reads: a policy, a path or a template can be wrong.

A failed read is retried for about five minutes before the init container ends, so the pod looks as if it waited.
"""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding


def ask(ctx: Context) -> Iterator[Finding]:
    """The refusals that the agents' logs name."""
    if not ctx.target.vault.concerned:
        raise NotApplicableError("the workload does not use the Vault agent")
    yield from ctx.signature_findings()


TEMPLATES_RENDERED = Check(
    id="vault.templates-rendered",
    title="The Vault agent renders its files",
    ask=ask,
    explained_by=("network.dns-answers", "vault.reachable", "vault.unsealed"),
)
