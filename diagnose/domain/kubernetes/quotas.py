"""Whether a ResourceQuota has room for one more pod of the worker (https://kubernetes.io/docs/concepts/policy/resource-quotas/)."""

from diagnose.check.api import Context
from diagnose.domain.kubernetes.usage import amount
from diagnose.resources import PodSpec, ResourceQuota

# What a quota calls it: from requests or limits, and which resource.
_COUNTED = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "requests.ephemeral-storage": ("requests", "ephemeral-storage"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
    "limits.ephemeral-storage": ("limits", "ephemeral-storage"),
}


def needs(ctx: Context) -> dict[str, float]:
    """What one more pod counts for, by the newest pod, which has what was injected and defaulted, else the template."""
    pods = sorted(ctx.target.current_pods, key=lambda pod: str(pod.metadata.creation_timestamp))
    spec = pods[-1].spec if pods else ctx.target.template.spec
    counted = {name: _amount(spec, kind, resource) for name, (kind, resource) in _COUNTED.items()}
    return {"pods": 1.0, "count/pods": 1.0, **counted}


def _amount(spec: PodSpec, kind: str, resource: str) -> float:
    """The containers' together, or that of the greediest init container, whichever is more."""

    def of(resources: dict[str, str]) -> float:
        return amount(resources.get(resource, ""))

    together = sum(of(getattr(each.resources, kind)) for each in spec.containers)
    return max([together, *(of(getattr(each.resources, kind)) for each in spec.init_containers)])


def lacking(quota: ResourceQuota, wanted: dict[str, float]) -> str:
    """What a quota lacks for that: "requests.memory: 1200Mi of 1Gi used"; "" where it has room."""
    used, hard = quota.status.used, quota.status.hard
    for name, limit in hard.items():
        if name in wanted and amount(used.get(name, "0")) + wanted[name] > amount(limit) + 1e-9:
            return f"{name}: {used.get(name, '0')} of {limit} used"
    return ""
