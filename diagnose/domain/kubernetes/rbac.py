"""What an account may do that a worker has no need of: who is bound to which rules, and what these allow, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diagnose.check.api import Context
from diagnose.resources import ClusterRole, ClusterRoleBinding, Reference, Role, RoleBinding, RoleReference, RoleRule

READ, WRITE = {"get", "list", "watch"}, {"create", "update", "patch", "delete", "deletecollection"}
MAKERS = {"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs"}
TOKEN_REVIEW = "system:auth-delegator"
EVERYBODY = {"system:authenticated", "system:serviceaccounts", "system:unauthenticated"}
BOOTSTRAP = "kubernetes.io/bootstrapping"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A binding that concerns an account: what it gives, and to whom, in words.

    Attributes:
        rules: None where the role could not be read.
    """

    binding: RoleBinding | ClusterRoleBinding
    to: str
    rules: tuple[RoleRule, ...] | None

    @property
    def role(self) -> RoleReference:
        """The role that is given."""
        return self.binding.role_ref


def account_of(ctx: Context) -> str:
    """The service account that the pods run as."""
    return ctx.target.template.spec.service_account_name or "default"


def bound(ctx: Context, subjects: Iterable[Reference], home: str = "") -> str:
    """How a binding of a namespace ("" for the whole cluster) names the pods' account; "" where it does not."""
    namespace, account = ctx.target.namespace, account_of(ctx)
    for each in subjects:
        match each.kind:
            case "ServiceAccount" if (each.namespace or home, each.name) == (namespace, account):
                return f"service account {account}"
            case "User" if each.name == f"system:serviceaccount:{namespace}:{account}":
                return f"service account {account}"
            case "Group" if each.name == f"system:serviceaccounts:{namespace}":
                return f"every service account of {namespace}"
            case "Group" if each.name in EVERYBODY:
                return "every service account of the cluster"
            case _:
                continue
    return ""


def grants(ctx: Context) -> Iterator[Grant]:
    """What the account is given in its namespace.

    Raises:
        NoAnswerError: bindings or the roles that they name may not be listed.
    """
    namespace = ctx.target.namespace
    for each in ctx.list(RoleBinding, namespace):
        if to := bound(ctx, each.subjects or (), namespace):
            yield Grant(binding=each, to=to, rules=_rules(ctx, each.role_ref))


def cluster_grants(ctx: Context) -> Iterator[Grant]:
    """What the account is given in the whole cluster, without what Kubernetes itself gives everybody.

    Raises:
        NoAnswerError: bindings or the roles that they name may not be listed.
    """
    for each in ctx.list(ClusterRoleBinding):
        own = BOOTSTRAP in each.metadata.labels and each.role_ref.name.startswith("system:")
        if (to := bound(ctx, each.subjects or ())) and not (own and to.endswith("of the cluster")):
            yield Grant(binding=each, to=to, rules=_rules(ctx, each.role_ref))


def _rules(ctx: Context, role: RoleReference) -> tuple[RoleRule, ...] | None:
    roles: tuple[Role | ClusterRole, ...]
    roles = ctx.list(ClusterRole) if role.kind == "ClusterRole" else ctx.list(Role, ctx.target.namespace)
    return next((each.rules or () for each in roles if each.name == role.name), None)


def allows(rules: Iterable[RoleRule]) -> tuple[str, ...]:
    """What rules allow that can do harm, in words that follow "may"; nothing for what harms nobody."""
    return tuple(dict.fromkeys(words for rule in rules for words in _allows(rule)))


def _allows(rule: RoleRule) -> Iterator[str]:
    if "*" in rule.resources and "*" in rule.verbs:
        yield "do everything" if "*" in rule.api_groups else f"do everything with {_groups(rule)}"
        return
    core, verbs = _has(rule.api_groups, ""), set(rule.verbs)
    named = f" ({', '.join(rule.resource_names[:2])})" if rule.resource_names else ""
    if core and _has(rule.resources, "secrets") and not named:
        if verbs & {*READ, "*"}:
            yield "read every Secret"
        if verbs & {*WRITE, "*"}:
            yield "change Secrets"
    if (
        core
        and any(_has(rule.resources, f"pods/{each}") for each in ("exec", "attach"))
        and verbs & {"create", "get", "*"}
    ):
        yield f"run commands in pods{named}"
    if core and _has(rule.resources, "pods/ephemeralcontainers") and verbs & {"update", "patch", "*"}:
        yield f"run commands in pods{named}"
    if core and _has(rule.resources, "serviceaccounts/token") and verbs & {"create", "*"}:
        yield f"make tokens of service accounts{named}"
    if MAKERS & set(rule.resources) or "*" in rule.resources:
        changed = verbs & {"create", "update", "patch", "*"}
        if changed and not (named and "create" not in changed):
            yield "start pods, which may use any account and Secret of the namespace"
    yield from (f"{verb} {_resources(rule)}{named}" for verb in ("escalate", "bind", "impersonate") if verb in verbs)
    if core and _has(rule.resources, "nodes/proxy") and verbs & {*READ, *WRITE, "*"}:
        yield "reach the kubelets"


def _has(given: tuple[str, ...], wanted: str) -> bool:
    return wanted in given or "*" in given


def _groups(rule: RoleRule) -> str:
    return ", ".join(each or "pods, Secrets and the like" for each in rule.api_groups)


def _resources(rule: RoleRule) -> str:
    return ", ".join(rule.resources[:3])
