"""Does the ServiceAccount of the pods exist? Without it the API server creates none of them."""

import difflib
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Context, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.admission import ACCOUNT
from diagnose.model.report import Finding, Step
from diagnose.resources import ServiceAccount
from diagnose.text.sentences import listed

DEFAULT = "default"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports an account that neither the namespace nor the manifest has."""
    namespace, name = ctx.target.namespace, ctx.names["service_account"]
    given = ctx.target.manifest.accounts if ctx.target.manifest else ()
    if any(each.name == name for each in given):
        ctx.note(f"the manifest creates {name}")
        return
    if name == DEFAULT:
        ctx.note("every namespace has it")
        return
    existing = tuple(each.name for each in ctx.list(ServiceAccount, namespace))
    if name in existing:
        return
    list_command = kubectl.get("serviceaccounts", namespace=namespace)
    where = f"namespace {namespace}" if ctx.target.namespace_exists else f"namespace {namespace} does not exist yet"
    seen = ctx.record_evidence(where, f"has {listed(sorted(existing), 6) or 'none'}", command=list_command)
    yield ACCOUNT.finding(
        f"ServiceAccount {namespace}/{name} does not exist, so the API server creates no pod of {ctx.target.name}.",
        *_steps(ctx, existing),
        Step("List the existing ones.", list_command),
        subjects=(f"serviceaccount/{name}",),
        evidence=(seen,),
    )


def _steps(ctx: Context, existing: tuple[str, ...]) -> Iterator[Step]:
    """Yields the account that the running pods have, else one of a similar name, and the creation of a new one."""
    namespace, name = ctx.target.namespace, ctx.names["service_account"]
    used = {pod.spec.service_account_name or DEFAULT for pod in ctx.target.ready_pods} & {*existing}
    similar = difflib.get_close_matches(name, existing, n=1, cutoff=0.8)
    other = used.pop() if len(used) == 1 else next(iter(similar), "")
    if other:
        why = "as the running pods have" if not similar or other not in similar else "which exists"
        change = {"spec": {"template": {"spec": {"serviceAccountName": other}}}}
        yield Step(f"Set serviceAccountName to {other}, {why}.", ctx.owner.patch(change), changes=ctx.deployment)
    yield Step(
        f"{'If a new account is meant, create' if other else 'Create'} it.",
        kubectl.create("serviceaccount", name, namespace=namespace),
        changes=f"serviceaccount {namespace}/{name}",
    )


ACCOUNT_EXISTS = Check(
    id="workload.account-exists",
    title="The ServiceAccount that the pods run as exists",
    stage=stages.ADMISSION,
    run=run,
    codes=(ACCOUNT,),
    occasions=(Occasion.BEFORE_DEPLOY,),
    reads=lists(Scope.OWN, ServiceAccount),
)
