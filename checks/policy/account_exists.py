"""Is there the service account that the pods are to run as, and is it one of their own?

Without it the API server makes no pod, which shows only when the next one is made. The account `default` is shared with
everything else of the namespace that names none: what is given to it, all have.
"""

from collections.abc import Iterator

from checks.rights import account_of
from diagnose.check import Check, Code, Context, Occasion
from diagnose.model import Finding, Severity, Step
from diagnose.probes.objects import ServiceAccount

MISSING = Code(
    id="policy.account-missing",
    meaning="The pod template names a service account that does not exist, so the API server will make no further pod.",
    fix="Create the service account, or correct serviceAccountName.",
)
DEFAULT = Code(
    id="policy.account-default",
    meaning="The pods run as the namespace's account `default`, which everything runs as that names no other, so that "
    "a right or a Vault role given to the worker is given to all of it.",
    fix="Give the workload a service account of its own.",
    severity=Severity.WARNING,
)


def ask(ctx: Context) -> Iterator[Finding]:
    """An account that is missing, or shared."""
    namespace, account, workload = ctx.target.namespace, account_of(ctx), ctx.names["workload"]
    look = Step(text="See which accounts there are.", command=f"kubectl -n {namespace} get serviceaccounts")
    if account not in {each.name for each in ctx.list(ServiceAccount, namespace)}:
        yield MISSING.finding(
            f"Service account {account} does not exist in {namespace}, so {workload} gets no further pod.",
            subjects=(f"serviceaccount/{account}",),
            steps=(
                Step(
                    text="Create it, and let Vault's role be bound to it, or correct serviceAccountName.",
                    command=f"kubectl -n {namespace} create serviceaccount {account}",
                    changes=f"serviceaccount {namespace}/{account}",
                ),
                look,
            ),
        )
    elif account == "default":
        yield DEFAULT.finding(
            f"The pods of {workload} run as service account default, which they share with others of {namespace}.",
            subjects=(f"deployment/{workload}",),
            steps=(
                Step(
                    text="Run them as an account of their own; bind Vault's role to that one first.",
                    command=f"kubectl -n {namespace} create serviceaccount {workload} && kubectl -n {namespace} set "
                    f"serviceaccount deployment/{workload} {workload}",
                    changes="the Deployment",
                ),
                look,
            ),
        )


ACCOUNT_EXISTS = Check(
    id="policy.account-exists",
    title="The pods' service account exists and is their own",
    ask=ask,
    codes=(MISSING, DEFAULT),
    occasions=(Occasion.AUDIT,),
)
