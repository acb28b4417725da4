"""The requests and limits of a whole pod, as the scheduler and quotas count them.

https://github.com/kubernetes/component-helpers/blob/master/resource/helpers.go
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from diagnose.resources import quantities
from diagnose.resources.containers import Resources
from diagnose.resources.pods import PodSpec

Given = Callable[[Resources], str]
# Of the requests and limits of the pod itself, only these resources count.
_OF_PODS = ("cpu", "memory", "hugepages-")


def requests(spec: PodSpec) -> dict[str, Decimal | None]:
    """Returns how much of each resource a node must have left for the pod; None where an amount is malformed.

    A limit without a request is also the request; the API server writes that into pods, but not into templates.
    """

    def of(name: str) -> Decimal | None:
        own = spec.resources.requests.get(name, "")
        if not own and not any(name in {**each.limits, **each.requests} for each in _of_containers(spec)):
            own = spec.resources.limits.get(name, "")
        return _total(spec, name, own, lambda given: given.requests.get(name) or given.limits.get(name, "0"))

    named = (name for each in (spec.resources, *_of_containers(spec)) for name in (*each.requests, *each.limits))
    return {name: of(name) for name in dict.fromkeys((*named, *spec.overhead))}


def limits(spec: PodSpec) -> dict[str, Decimal | None]:
    """Returns how much of each resource with a limit the pod may use; None where an amount is malformed."""

    def of(name: str) -> Decimal | None:
        return _total(spec, name, spec.resources.limits.get(name, ""), lambda given: given.limits.get(name, "0"))

    named = (name for each in (spec.resources, *_of_containers(spec)) for name in each.limits)
    return {name: of(name) for name in dict.fromkeys(named)}


def _of_containers(spec: PodSpec) -> list[Resources]:
    return [each.resources for each in spec.all_containers]


def _total(spec: PodSpec, name: str, own: str, given: Given) -> Decimal | None:
    """Returns the amount of the pod itself, else that of its containers, and the overhead of its runtime class."""
    amount = quantities.parse(own) if own and name.startswith(_OF_PODS) else _of_all(spec, given)
    return total((amount, quantities.parse(spec.overhead.get(name, "0"))))


def _of_all(spec: PodSpec, given: Given) -> Decimal | None:
    """Returns the most at once: of the containers with all sidecars, or of an init container with those before it."""
    sidecars: list[Decimal | None] = []
    together: list[Decimal | None] = []
    for each in spec.init_containers:
        amount = quantities.parse(given(each.resources))
        if each.is_sidecar:
            sidecars.append(amount)
        together.append(total(sidecars if each.is_sidecar else (*sidecars, amount)))
    together.append(total((*sidecars, *(quantities.parse(given(each.resources)) for each in spec.containers))))
    known = [each for each in together if each is not None]
    return max(known) if len(known) == len(together) else None


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Returns the sum of amounts; None where one of them is unknown."""
    found = list(amounts)
    known = [each for each in found if each is not None]
    return sum(known, Decimal()) if len(known) == len(found) else None
