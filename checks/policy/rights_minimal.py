"""May the pods' service account do only what the worker needs? Whoever gets into a pod may do what its account may.

Rights of the worker's namespace and of the whole cluster are looked at; those that another namespace gives are not.
What the chart itself gives for portal domains is known and remarked.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import BINDINGS, ROLE_RULES
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.rbac import TOKEN_REVIEW, Grant, account_of, allows, cluster_grants, grants
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.query import NoAnswerError

EXCESSIVE = Code(
    id="policy.rights-excessive",
    meaning="A role of the namespace lets the pods' account do what a worker has no need of and what takes over "
    "others: read Secrets, run commands in pods, start pods, or give itself more rights.",
    fix="Take the binding away, or limit the role to what the worker needs.",
    severity=Severity.WARNING,
)
CLUSTER = Code(
    id="policy.rights-cluster-wide",
    meaning="A ClusterRoleBinding gives the pods' account, or a group that it is in, rights in the whole cluster, of "
    "which the worker needs none.",
    fix="Take the binding away, or bind a Role in the namespaces that need it.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Bindings that give too much; what one of both places does not tell is a problem, not a pass."""
    for look, judge in ((grants, _in_namespace), (cluster_grants, _in_cluster)):
        try:
            found = tuple(look(ctx))
        except NoAnswerError as error:
            ctx.record_problem(str(error))
            continue
        for each in found:
            yield from judge(ctx, each)


def _in_namespace(ctx: Context, grant: Grant) -> Iterator[Finding]:
    if grant.rules is None:
        return
    told = allows(grant.rules)
    if told and (purpose := _own(ctx, grant)) and set(told) <= {"read every Secret", "change Secrets"}:
        ctx.note(f"{grant.role.kind} {grant.role.name} lets the account {' and '.join(told)}, for {purpose}")
    elif told:
        yield _finding(ctx, EXCESSIVE, grant, told, f"of {ctx.target.namespace}")


def _in_cluster(ctx: Context, grant: Grant) -> Iterator[Finding]:
    if grant.rules is None:
        return
    told = allows(grant.rules)
    if grant.role.name == TOKEN_REVIEW and grant.to.startswith("service account"):
        ctx.note(
            f"ClusterRoleBinding {grant.binding.name} lets the account review tokens, as Vault's auth method may need"
        )
    elif not told and (purpose := _own(ctx, grant)):
        ctx.note(
            f"ClusterRoleBinding {grant.binding.name} gives the account ClusterRole {grant.role.name}, for {purpose}"
        )
    else:
        yield _finding(ctx, CLUSTER, grant, told, "of the whole cluster")


def _own(ctx: Context, grant: Grant) -> str:
    """What a role is for that the chart gives by its name; "" for any other."""
    ends = ctx.target.profile.own_roles
    names = {
        f"{prefix}-{end}": purpose for end, purpose in ends.items() for prefix in (ctx.target.name, account_of(ctx))
    }
    return names.get(grant.role.name, "")


def _finding(ctx: Context, code: Code, grant: Grant, told: tuple[str, ...], where: str) -> Finding:
    kind = "clusterrolebinding" if code is CLUSTER else "rolebinding"
    namespace = "" if code is CLUSTER else ctx.target.namespace
    name, role = grant.binding.name, f"{grant.role.kind} {grant.role.name}"
    may = f"may {', '.join(told)}" if told else "has its rights in every namespace"
    as_account = f"system:serviceaccount:{ctx.target.namespace}:{account_of(ctx)}"
    seen = ctx.record_evidence(
        f"{kind} {name}",
        f"gives {grant.to} the {role}: {may}",
        command=kubectl.describe(grant.role.kind.lower(), grant.role.name, namespace=namespace),
    )
    return code.finding(
        f"{kind[0].upper()}{kind[1:]} {name} gives {grant.to} {role}, which {may} {where}."
        if told
        else f"{kind[0].upper()}{kind[1:]} {name} gives {grant.to} {role}, which holds in the whole cluster.",
        subjects=(f"{kind}/{name}", f"serviceaccount/{account_of(ctx)}"),
        evidence=(seen,),
        steps=(
            Step(
                text="Take the binding away, if the worker does not need it.",
                command=kubectl.delete(kind, name, namespace=namespace),
                changes=f"{kind} {name}",
            ),
            Step(
                text="See all that the account may do.",
                command=kubectl.can_i("--list", account=as_account, namespace=ctx.target.namespace),
            ),
        ),
    )


RIGHTS_MINIMAL = Check(
    id="policy.rights-minimal",
    title="The pods' account may do only what the worker needs",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(EXCESSIVE, CLUSTER),
    occasions=(Occasion.AUDIT,),
    reads=(*BINDINGS, *ROLE_RULES),
)
