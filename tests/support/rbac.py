"""Roles and bindings of the worker's service account "own"."""

from typing import Any

import msgspec

from diagnose.check.api import Context
from tests.support.kit import PLAIN, Json, context

ACCOUNT = {"kind": "ServiceAccount", "name": "own", "namespace": "msp"}
PROFILE = msgspec.structs.replace(PLAIN, own_roles={"secret-sync": "portal domains"})


def rule(resources: str, verbs: str, group: str = "", **more: Any) -> Json:
    """Returns a rule; resources and verbs are separated by blanks."""
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split(), **more}


def bound(role: str, *subjects: Json, kind: str = "Role", **labels: str) -> Json:
    """Returns a binding of a Role, or of a ClusterRole in the whole cluster."""
    where = {} if kind == "ClusterRole" else {"namespace": "msp"}
    return {
        "metadata": {"name": "b", "labels": labels, **where},
        "roleRef": {"kind": kind, "name": role},
        "subjects": list(subjects),
    }


def granted(
    *pods: Json, role: Json | None = None, binding: Json | None = None, cluster: Json | None = None, **more: Any
) -> Context:
    """Returns what a check sees where Role and ClusterRole "r" have one rule, with a binding in each scope."""
    named = {"metadata": {"name": "r"}, "rules": [role] if role else []}
    system = [{"metadata": {"name": f"system:{each}"}} for each in ("auth-delegator", "discovery")]
    kinds: dict[str, Any] = {
        "roles": [named],
        "rolebindings": [binding] if binding else [],
        "clusterroles": [named, *system],
        "clusterrolebindings": [cluster] if cluster else [],
    }
    return context(*pods, profile=PROFILE, spec={"serviceAccountName": "own"}, **{**kinds, **more})
