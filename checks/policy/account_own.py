"""Do the pods run as a service account of their own?

The account `default` is shared with everything else of the namespace that names none: what is given to it, all have.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.rbac import account_of
from diagnose.model.report import Finding, Severity, Step

DEFAULT = Code(
    id="policy.account-default",
    meaning="The pods run as the namespace's account `default`, which everything runs as that names no other, so that "
    "a right or a Vault role given to the worker is given to all of it.",
    fix="Give the workload a service account of its own.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """An account that is shared."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    if account_of(ctx) != "default":
        return
    create = kubectl.create("serviceaccount", workload, namespace=namespace)
    yield DEFAULT.finding(
        f"The pods of {workload} run as service account default, which they share with others of {namespace}.",
        subjects=(f"deployment/{workload}",),
        steps=(
            Step(
                text="Run them as an account of their own; bind Vault's role to that one first.",
                command=create.then(ctx.owner.set_account(workload)),
                changes="the Deployment",
            ),
            Step(text="See which accounts there are.", command=kubectl.get("serviceaccounts", namespace=namespace)),
        ),
    )


ACCOUNT_OWN = Check(
    id="policy.account-own",
    title="The pods run as a service account of their own",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(DEFAULT,),
    occasions=(Occasion.AUDIT,),
)
