"""Who may do what in the cluster, as far as checks read: roles of the whole cluster and their bindings.

The names are the API's own (docs: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/).
"""

from diagnose.probes.objects import Object, Part
from diagnose.probes.surroundings import Reference


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


class ClusterRole(Object, frozen=True):
    """What may be done, to be bound to somebody."""

    group = "/apis/rbac.authorization.k8s.io/v1"
    plural = "clusterroles"
    namespaced = False
    rules: tuple[RoleRule, ...] | None = ()
