"""Roles, bindings and service accounts."""

from diagnose.resources.metadata import Object, Part, Reference


class ClusterRoleBinding(Object, frozen=True):
    """A ClusterRoleBinding."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "clusterrolebindings"
    namespaced = False
    role_ref: Reference = Reference()
    subjects: tuple[Reference, ...] | None = ()


class RoleRule(Part, frozen=True):
    """A rule of a role."""

    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()


class ClusterRole(Object, frozen=True):
    """A ClusterRole."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "clusterroles"
    namespaced = False
    rules: tuple[RoleRule, ...] | None = ()


class ServiceAccount(Object, frozen=True):
    """A ServiceAccount."""

    group = "/api/v1"
    plural = "serviceaccounts"
    image_pull_secrets: tuple[Reference, ...] = ()
    automount_service_account_token: bool | None = None


class RoleBinding(Object, frozen=True):
    """A RoleBinding."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "rolebindings"
    role_ref: Reference = Reference()
    subjects: tuple[Reference, ...] | None = ()


class Role(Object, frozen=True):
    """A Role."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "roles"
    rules: tuple[RoleRule, ...] | None = ()
