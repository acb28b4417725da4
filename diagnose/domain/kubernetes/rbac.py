"""The roles that are bound to the worker's service account, and the harmful permissions in them."""

from collections.abc import Iterable, Iterator

import msgspec

from diagnose.check.api import Context
from diagnose.resources import ClusterRole, ClusterRoleBinding, Reference, Role, RoleBinding, RoleRule

READ, WRITE = {"get", "list", "watch"}, {"create", "update", "patch", "delete", "deletecollection"}
MAKERS = {"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs"}
TOKEN_REVIEW = "system:auth-delegator"
ALL_ACCOUNTS = {"system:authenticated", "system:serviceaccounts", "system:unauthenticated"}
_OF_SUBRESOURCES = (
    ("pods/exec", {"create", "get"}, "run commands in pods"),
    ("pods/attach", {"create", "get"}, "run commands in pods"),
    ("pods/ephemeralcontainers", {"update", "patch"}, "run commands in pods"),
    ("serviceaccounts/token", {"create"}, "make tokens of service accounts"),
)
BOOTSTRAP = "kubernetes.io/bootstrapping"


class BoundRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a binding grants to the account; `to` is the bound subject as text.

    Attributes:
        rules: None where the role could not be read.
    """

    binding: RoleBinding | ClusterRoleBinding
    to: str
    rules: tuple[RoleRule, ...] | None

    @property
    def role(self) -> Reference:
        """The reference to the role."""
        return self.binding.role_ref


def account_of(ctx: Context) -> str:
    """Returns the service account of the pods."""
    return ctx.target.template.spec.service_account_name or "default"


def bound(ctx: Context, subjects: Iterable[Reference], home: str = "") -> str:
    """Returns the subject of a binding that includes the pods' account, as text; "" where none does."""
    namespace, account = ctx.target.namespace, account_of(ctx)
    for each in subjects:
        match each.kind:
            case "ServiceAccount" if (each.namespace or home, each.name) == (namespace, account):
                return f"service account {account}"
            case "User" if each.name == f"system:serviceaccount:{namespace}:{account}":
                return f"service account {account}"
            case "Group" if each.name == f"system:serviceaccounts:{namespace}":
                return f"every service account of {namespace}"
            case "Group" if each.name in ALL_ACCOUNTS:
                return "every service account of the cluster"
    return ""


def grants(ctx: Context) -> Iterator[BoundRole]:
    """Yields the roles that the account has in its namespace.

    Raises:
        NoAnswerError: bindings or the roles that they name may not be listed.
    """
    namespace = ctx.target.namespace
    for each in ctx.list(RoleBinding, namespace):
        if to := bound(ctx, each.subjects or (), namespace):
            yield BoundRole(binding=each, to=to, rules=_rules(ctx, each.role_ref, namespace))


def cluster_grants(ctx: Context) -> Iterator[BoundRole]:
    """Yields the roles that the account has in the whole cluster, without Kubernetes' own defaults for all accounts.

    Raises:
        NoAnswerError: bindings or the roles that they name may not be listed.
    """
    for each in ctx.list(ClusterRoleBinding):
        is_default = BOOTSTRAP in each.metadata.labels and each.role_ref.name.startswith("system:")
        if (to := bound(ctx, each.subjects or ())) and not (is_default and to.endswith("of the cluster")):
            yield BoundRole(binding=each, to=to, rules=_rules(ctx, each.role_ref, ""))


def all_grants(ctx: Context, namespace: str) -> Iterator[BoundRole]:
    """Yields all roles that the account has in a namespace, those of the whole cluster included; "" for these alone.

    Raises:
        NoAnswerError: bindings or the roles that they name may not be listed.
    """
    bindings: tuple[RoleBinding | ClusterRoleBinding, ...]
    bindings = (*(ctx.list(RoleBinding, namespace) if namespace else ()), *ctx.list(ClusterRoleBinding))
    for each in bindings:
        if to := bound(ctx, each.subjects or (), each.metadata.namespace):
            yield BoundRole(binding=each, to=to, rules=_rules(ctx, each.role_ref, namespace))


def permits(rules: Iterable[RoleRule], verb: str, resource: str, group: str) -> bool:
    """Whether rules allow a verb for all objects of a resource (https://kubernetes.io/docs/reference/access-authn-authz/rbac/)."""
    subresource = resource.partition("/")[2]
    named = {resource, "*", *((f"*/{subresource}",) if subresource else ())}
    return any(
        not rule.resource_names
        and _has(rule.verbs, verb)
        and _has(rule.api_groups, group)
        and not named.isdisjoint(rule.resources)
        for rule in rules
    )


def _rules(ctx: Context, role: Reference, namespace: str) -> tuple[RoleRule, ...] | None:
    roles: tuple[Role | ClusterRole, ...]
    roles = ctx.list(ClusterRole) if role.kind == "ClusterRole" else ctx.list(Role, namespace)
    return next((each.rules or () for each in roles if each.name == role.name), None)


def harmful_permissions(rules: Iterable[RoleRule]) -> tuple[str, ...]:
    """Returns the harmful permissions of rules, as text after "may"."""
    return tuple(dict.fromkeys(permission for rule in rules for permission in _harmful_permissions(rule)))


def _harmful_permissions(rule: RoleRule) -> Iterator[str]:
    if "*" in rule.resources and "*" in rule.verbs:
        groups = ", ".join(each or "pods, Secrets and the like" for each in rule.api_groups)
        yield "do everything" if "*" in rule.api_groups else f"do everything with {groups}"
        return
    core, verbs = _has(rule.api_groups, ""), set(rule.verbs)
    named = f" ({', '.join(rule.resource_names[:2])})" if rule.resource_names else ""
    if core and _has(rule.resources, "secrets") and not named:
        if verbs & {*READ, "*"}:
            yield "read every Secret"
        if verbs & {*WRITE, "*"}:
            yield "change Secrets"
    for resource, needed, permission in _OF_SUBRESOURCES:
        if core and _has(rule.resources, resource) and verbs & {*needed, "*"}:
            yield f"{permission}{named}"
    if MAKERS & set(rule.resources) or "*" in rule.resources:
        changed = verbs & {"create", "update", "patch", "*"}
        if changed and not (named and "create" not in changed):
            yield "start pods, which may use any account and Secret of the namespace"
    resources = ", ".join(rule.resources[:3])
    yield from (f"{verb} {resources}{named}" for verb in ("escalate", "bind", "impersonate") if verb in verbs)
    if core and _has(rule.resources, "nodes/proxy") and verbs & {*READ, *WRITE, "*"}:
        yield "reach the kubelets"


def _has(given: tuple[str, ...], name: str) -> bool:
    return name in given or "*" in given
