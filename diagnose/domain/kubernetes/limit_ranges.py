"""Which LimitRange a refused pod breaks: by its bounds, or by a default that contradicts the pod template."""

from collections.abc import Iterable

import msgspec

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.model.report import Step
from diagnose.queries.kubernetes_messages import AdmissionError, AdmissionReason
from diagnose.resources import Container, LimitRange, Resources, quantities


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A LimitRange, what is wrong as the beginning of a sentence, and the steps that fix it."""

    name: str
    text: str
    steps: tuple[Step, ...]


def conflict(ctx: Context, reason: AdmissionError) -> Conflict | None:
    """Returns the LimitRange that a refusal is about; None where none has the values of its message."""
    if reason.kind not in {AdmissionReason.ABOVE_LIMIT, AdmissionReason.LIMIT_RANGE}:
        return None
    ranges = ctx.detail(lambda: ctx.list(LimitRange, ctx.target.namespace)) or ()
    find = _by_default if reason.kind is AdmissionReason.ABOVE_LIMIT else _by_bound
    return next((found for each in ranges if (found := find(ctx, reason.names, each))), None)


def _by_default(ctx: Context, names: dict[str, str], each: LimitRange) -> Conflict | None:
    """Returns the conflict of a default with what the template names: of request and limit only one."""
    container, resource = _container(ctx, names["list"], int(names["index"])), names["resource"]
    own = container.resources if container else Resources()
    items = [item for item in each.spec.limits if item.type == "Container"]
    limit = own.limits.get(resource) or _first(item.default.get(resource) for item in items)
    request = own.requests.get(resource) or _first(
        item.default_request.get(resource) or item.default.get(resource) for item in items
    )
    if container is None or (resource in own.limits) == (resource in own.requests) or not _is_less(limit, request):
        return None
    if resource in own.requests:
        given, missing = f"limit of {limit}, below its request of {request}", f"--limits={resource}={request}"
    else:
        given, missing = f"request of {request}, above its limit of {limit}", f"--requests={resource}={limit}"
    name_both = Step(
        "Name both in the template, as they are to be.",
        ctx.owner.set_resources(container.name, missing),
        changes=ctx.deployment,
    )
    text = f"LimitRange {each.name} gives container {container.name} a {resource} {given}"
    return Conflict(name=each.name, text=text, steps=(name_both, _show(ctx, each)))


def _by_bound(ctx: Context, names: dict[str, str], each: LimitRange) -> Conflict | None:
    """Returns the conflict of an amount in the template with a bound."""
    resource, amount, given = names["resource"], quantities.parse(names["amount"]), names["given"].rstrip(".]")
    bounds = (item.max if names["bound"] == "maximum" else item.min for item in each.spec.limits)
    if amount is None or all(quantities.parse(bound.get(resource, "")) != amount for bound in bounds):
        return None
    kind = f"{names['kind']}s"
    steps = [
        Step(
            f"Set what the LimitRange allows as {names['kind']}.",
            ctx.owner.set_resources(container.name, f"--{kind}={resource}={names['amount']}"),
            changes=ctx.deployment,
        )
        for container in ctx.target.template.spec.all_containers
        if getattr(container.resources, kind).get(resource) == given
    ]
    text = f"LimitRange {each.name} does not allow it ({names['why']})"
    return Conflict(name=each.name, text=text, steps=(*steps, _show(ctx, each)))


def _container(ctx: Context, which: str, number: int) -> Container | None:
    spec = ctx.target.template.spec
    containers = spec.containers if which == "containers" else spec.init_containers
    return containers[number] if number < len(containers) else None


def _first(values: Iterable[str | None]) -> str:
    return next(filter(None, values), "")


def _is_less(one: str, other: str) -> bool:
    first, second = quantities.parse(one), quantities.parse(other)
    return first is not None and second is not None and first < second


def _show(ctx: Context, each: LimitRange) -> Step:
    describe = kubectl.describe("limitrange", each.name, namespace=ctx.target.namespace)
    return Step("Show what the LimitRange allows and gives.", describe)
