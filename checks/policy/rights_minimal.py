"""Does the pods' service account have only the rights that the worker needs? An intruder in a pod has all of them.

Rights in the worker's namespace and in the whole cluster are read; those that another namespace grants are not.
Rights that the chart itself grants for portal domains are known and noted.
"""

from collections.abc import Callable, Iterator
from functools import partial

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import BINDINGS, ROLE_RULES
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.rbac import (
    TOKEN_REVIEW,
    BoundRole,
    account_of,
    cluster_grants,
    grants,
    harmful_permissions,
)
from diagnose.model.report import Finding, Severity, Step

EXCESSIVE = Code(
    id="policy.rights-excessive",
    meaning="A role of the namespace grants the pods' account rights that a worker does not need and that endanger "
    "others: read Secrets, run commands in pods, start pods, or grant itself more rights.",
    fix="Delete the binding, or limit the role to what the worker needs.",
    severity=Severity.WARNING,
)
CLUSTER = Code(
    id="policy.rights-cluster-wide",
    meaning="A ClusterRoleBinding grants the pods' account, or a group of it, rights in the whole cluster, of which "
    "the worker needs none.",
    fix="Delete the binding, or bind a Role in the namespaces that need it.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports bindings that grant too much; a scope that cannot be read is a problem, not a pass."""
    for read, report in ((grants, _in_namespace), (cluster_grants, _in_cluster)):
        for each in ctx.attempt(partial(_bound, ctx, read)) or ():
            if each.rules is not None:
                yield from report(ctx, each, harmful_permissions(each.rules))


def _bound(ctx: Context, read: Callable[[Context], Iterator[BoundRole]]) -> tuple[BoundRole, ...]:
    return tuple(read(ctx))


def _in_namespace(ctx: Context, grant: BoundRole, rights: tuple[str, ...]) -> Iterator[Finding]:
    if rights and (purpose := _own(ctx, grant)) and set(rights) <= {"read every Secret", "change Secrets"}:
        ctx.note(f"{grant.role.kind} {grant.role.name} lets the account {' and '.join(rights)}, for {purpose}")
    elif rights:
        yield _finding(ctx, EXCESSIVE, grant, rights, f"in {ctx.target.namespace}")


def _in_cluster(ctx: Context, grant: BoundRole, rights: tuple[str, ...]) -> Iterator[Finding]:
    binding = f"ClusterRoleBinding {grant.binding.name}"
    if grant.role.name == TOKEN_REVIEW and grant.to.startswith("service account"):
        ctx.note(f"{binding} lets the account review tokens, as Vault's auth method may need")
    elif not rights and (purpose := _own(ctx, grant)):
        ctx.note(f"{binding} grants the account ClusterRole {grant.role.name}, for {purpose}")
    else:
        yield _finding(ctx, CLUSTER, grant, rights, "in the whole cluster")


def _own(ctx: Context, grant: BoundRole) -> str:
    """Returns the purpose of a role that the chart itself creates; "" for any other."""
    prefixes, ends = (ctx.target.name, account_of(ctx)), ctx.target.profile.own_roles
    return next((ends[end] for end in ends for each in prefixes if grant.role.name == f"{each}-{end}"), "")


def _finding(ctx: Context, code: Code, grant: BoundRole, rights: tuple[str, ...], where: str) -> Finding:
    kind = "ClusterRoleBinding" if code is CLUSTER else "RoleBinding"
    namespace = "" if code is CLUSTER else ctx.target.namespace
    name, role = grant.binding.name, f"{grant.role.kind} {grant.role.name}"
    may = f"may {', '.join(rights)}" if rights else "has its rights in every namespace"
    as_account = f"system:serviceaccount:{ctx.target.namespace}:{account_of(ctx)}"
    list_rights = kubectl.can_i("--list", account=as_account, namespace=ctx.target.namespace)
    seen = ctx.record_evidence(
        f"{kind} {name}",
        f"grants {grant.to} the {role}: {may}",
        command=kubectl.describe(grant.role.kind.lower(), grant.role.name, namespace=namespace),
    )
    return code.finding(
        f"{kind} {name} grants {grant.to} {role}{f', which {may}' if rights else ''} {where}.",
        Step(
            "Delete the binding, if the worker does not need it.",
            kubectl.delete(kind.lower(), name, namespace=namespace),
            changes=f"{kind} {name}",
        ),
        Step("List all rights of the account.", list_rights),
        subjects=(f"{kind.lower()}/{name}", f"serviceaccount/{account_of(ctx)}"),
        evidence=(seen,),
    )


RIGHTS_MINIMAL = Check(
    id="policy.rights-minimal",
    title="The pods' account has only the rights that the worker needs",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(EXCESSIVE, CLUSTER),
    occasions=(Occasion.AUDIT,),
    reads=(*BINDINGS, *ROLE_RULES),
)
