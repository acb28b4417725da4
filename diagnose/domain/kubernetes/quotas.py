"""Whether a ResourceQuota allows one more pod of the worker (https://kubernetes.io/docs/concepts/policy/resource-quotas/)."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.model.report import Finding, Step
from diagnose.resources import ResourceQuota, pod_resources, quantities

# The requests of these resources may be written without "requests." in a quota.
_WITHOUT_PREFIX = ("cpu", "memory", "ephemeral-storage")


def needs(ctx: Context) -> dict[str, Decimal]:
    """Returns the amounts of one more pod: those of the newest pod, with injections and defaults, else the template's.

    A malformed amount is unknown and left out.
    """
    pods = sorted(ctx.target.current_pods, key=lambda pod: pod.creation_order)
    spec = pods[-1].spec if pods else ctx.target.template.spec
    counted = {f"requests.{name}": amount for name, amount in pod_resources.requests(spec).items()}
    counted |= {f"limits.{name}": amount for name, amount in pod_resources.limits(spec).items()}
    counted |= {name: counted.get(f"requests.{name}") for name in _WITHOUT_PREFIX}
    one = {"pods": Decimal(1), "count/pods": Decimal(1)}
    return one | {name: amount for name, amount in counted.items() if amount is not None}


class _Lack(msgspec.Struct, frozen=True):
    """An exceeded resource of a quota, and the limit that it would need."""

    resource: str
    used: str
    limit: str
    enough: str

    @property
    def text(self) -> str:
        return f"{self.resource}: {self.used} of {self.limit} used"


def _lacking(quota: ResourceQuota, needed: dict[str, Decimal]) -> list[_Lack]:
    """Returns the exceeded resources."""
    found = []
    for name, limit in quota.status.hard.items():
        used = quota.status.used.get(name, "0")
        before, most = quantities.parse(used), quantities.parse(limit)
        if name in needed and before is not None and most is not None and before + needed[name] > most:
            found.append(_Lack(name, used, limit, quantities.to_text(before + needed[name], limit)))
    return found


def exceeded(ctx: Context, code: Code, needed: dict[str, Decimal], what: str) -> Iterator[Finding]:
    """Reports the quotas of the namespace that do not allow what is needed."""
    namespace = ctx.target.namespace
    for quota in ctx.list(ResourceQuota, namespace):
        lacking = [] if quota.spec.scopes else _lacking(quota, needed)
        if not lacking:
            continue
        first = lacking[0].text
        describe = kubectl.describe("quota", quota.name, namespace=namespace)
        change = {"spec": {"hard": {each.resource: each.enough for each in lacking}}}
        command = kubectl.patch("resourcequota", quota.name, change, namespace=namespace, how="merge")
        yield code.finding(
            f"ResourceQuota {quota.name} does not allow {what} ({first}).",
            Step("Raise the quota by what is missing.", command, changes=f"quota {namespace}/{quota.name}"),
            Step("Read the used amounts.", describe),
            subjects=(f"resourcequota/{quota.name}",),
            evidence=(ctx.record_evidence(f"resourcequota {quota.name}", first, command=describe),),
        )
