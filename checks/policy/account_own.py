"""Do the pods run as a service account of their own?

The account `default` is shared by all pods of the namespace that name none: what is granted to it, all have.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.rbac import account_of
from diagnose.model.report import Finding, Severity, Step

DEFAULT = Code(
    id="policy.account-default",
    meaning="The pods run as the namespace's account `default`, like all pods that name no other, so a right or a "
    "Vault role of the worker is granted to all of them.",
    fix="Create a service account for the workload.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports an account that is shared."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    if account_of(ctx) != "default":
        return
    create = kubectl.create("serviceaccount", workload, namespace=namespace)
    yield DEFAULT.finding(
        f"The pods of {workload} run as service account default, which they share with others of {namespace}.",
        Step(
            "Run them as their own account; bind Vault's role to it first.",
            create.then(ctx.owner.set_account(workload)),
            changes="the Deployment",
        ),
        Step("List the service accounts.", kubectl.get("serviceaccounts", namespace=namespace)),
        subjects=(f"deployment/{workload}",),
    )


ACCOUNT_OWN = Check(
    id="policy.account-own",
    title="The pods run as a service account of their own",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(DEFAULT,),
    occasions=(Occasion.AUDIT,),
)
