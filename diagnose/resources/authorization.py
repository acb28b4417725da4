"""Who may do what."""

from diagnose.resources.metadata import Named, Object, Part, Reference


class RoleReference(Part, frozen=True):
    """Which role a binding gives."""

    kind: str = ""
    name: str = ""


class ClusterRoleBinding(Object, frozen=True):
    """Who has a ClusterRole in the whole cluster."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "clusterrolebindings"
    namespaced = False
    role_ref: RoleReference = RoleReference()
    subjects: tuple[Reference, ...] | None = ()


class RoleRule(Part, frozen=True):
    """What a role allows."""

    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()


class ClusterRole(Object, frozen=True):
    """What may be done, to be bound to somebody."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "clusterroles"
    namespaced = False
    rules: tuple[RoleRule, ...] | None = ()


class ServiceAccount(Object, frozen=True):
    """An account that pods run as."""

    group = "/api/v1"
    plural = "serviceaccounts"
    image_pull_secrets: tuple[Named, ...] = ()
    automount_service_account_token: bool | None = None


class RoleBinding(Object, frozen=True):
    """Who has a Role or ClusterRole in one namespace."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "rolebindings"
    role_ref: RoleReference = RoleReference()
    subjects: tuple[Reference, ...] | None = ()


class Role(Object, frozen=True):
    """What may be done in one namespace, to be bound to somebody."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "roles"
    rules: tuple[RoleRule, ...] | None = ()
