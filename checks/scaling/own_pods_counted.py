"""Does the autoscaler count the pods of its target alone? It counts by labels alone.

A Job, a debug pod or a canary whose labels include those that the target selects by is counted, too, also when it has
ended. Without a request of the resource, one such pod keeps the autoscaler from computing anything.
"""

from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
from diagnose.commands.owner import Owner
from diagnose.domain.kubernetes.autoscaling import autoscaler_of, describe_command, utilized, without_request
from diagnose.domain.kubernetes.pods import controller_of
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Autoscaler, Container, Pod
from diagnose.resources.selectors import Selector, selects, to_text
from diagnose.target.ownership import owner_by_labels
from diagnose.text.patterns import lazy
from diagnose.text.sentences import listed

OTHERS = Code(
    id="scaling.selects-other-pods",
    meaning="The labels by which the autoscaler's target selects are those of other pods, too. The autoscaler counts "
    "them, and does not scale where one of them has no request of the resource.",
    fix="Take a label that the target selects by from the other pods, or give them requests.",
)
PAIR = Contradiction(
    fact="each container of the target's own pods has a request",
    opposed="the autoscaler misses one",
    proves="it counts pods that others own, as they have the labels that the target selects by",
    otherwise=("It may miss the request of another pod, which is gone meanwhile: read its conditions.",),
)
MISSING = lazy(r"missing request for (?P<resource>\S+) in container (?P<container>\S+) of Pod (?P<pod>\S+)")


class _Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """A pod that another object owns and the target selects, with its container that lacks a request."""

    pod: Pod
    container: Container
    resource: str

    @property
    def owner(self) -> Owner:
        kind, name = owner_by_labels(self.pod.metadata)
        return Owner(kind, name, self.pod.metadata.namespace)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports pods of others that the autoscaler counts and that keep it from scaling."""
    autoscaler = autoscaler_of(ctx)
    active = next((each for each in autoscaler.status.conditions if each.type == "ScalingActive"), None)
    if active is None or active.status != "False" or "missing request" not in active.message:
        return
    resources = tuple(utilized(autoscaler))
    if any(without_request(ctx.target.current_pods, each) for each in resources):
        return
    if lacking := tuple(_lacking(ctx, resources)):
        found = MISSING.search(active.message)
        missed: tuple[Evidence, ...] = ()
        if found and any(each.pod.name == found["pod"] for each in lacking):
            show = describe_command(ctx, autoscaler)
            missed = (ctx.record_evidence(f"hpa {autoscaler.name}, {active.reason}", active.message, command=show),)
        yield _finding(ctx, autoscaler, lacking, missed)


def _lacking(ctx: Context, resources: tuple[str, ...]) -> Iterator[_Lacking]:
    """Yields the pods of others that the target's selector matches, where a container has no request."""
    selector = _selector(ctx)
    for pod in ctx.list(Pod, ctx.target.namespace):
        if selects(selector, pod.metadata.labels) and owner_by_labels(pod.metadata) != _own(ctx):
            for resource in resources:
                if found := without_request((pod,), resource):
                    yield _Lacking(pod=pod, container=found[1], resource=resource)
                    break


def _selector(ctx: Context) -> Selector:
    selector = getattr(getattr(controller_of(ctx), "spec", None), "selector", None)
    if not isinstance(selector, Selector) or not selector:
        raise NotApplicableError(f"{ctx.owner.label} selects its pods by no labels")
    return selector


def _own(ctx: Context) -> tuple[str, str]:
    controller = controller_of(ctx)
    return controller.kind, controller.name


def _finding(
    ctx: Context, autoscaler: Autoscaler, lacking: tuple[_Lacking, ...], missed: tuple[Evidence, ...]
) -> Finding:
    first, selector, namespace = lacking[0], _selector(ctx), ctx.target.namespace
    text = to_text(selector)
    show = kubectl.get("pods", namespace=namespace, selector=text)
    own, kind = ctx.target.name, first.owner.kind
    of = f" of {kind} {first.owner.name}" if kind != "Pod" else ""
    requested = ctx.record_evidence(f"pods of {own}", f"request {', '.join(dict.fromkeys(utilized(autoscaler)))}")
    counted = ctx.record_evidence(
        f"pods with {text}", f"{listed(each.pod.name for each in lacking)}: not of {own}", command=show
    )
    return PAIR.finding(
        OTHERS,
        f"Autoscaler {autoscaler.name} counts pod {first.pod.name}{of} by its labels, and it requests no "
        f"{first.resource}.",
        _fix(ctx, lacking, selector),
        Step("List the pods that it counts.", show),
        Step("Read its conditions.", describe_command(ctx, autoscaler)),
        subjects=(f"horizontalpodautoscaler/{autoscaler.name}", *(f"pod/{each.pod.name}" for each in lacking)),
        fact=(requested, counted),
        opposed=missed,
    )


def _fix(ctx: Context, lacking: tuple[_Lacking, ...], selector: Selector) -> Step:
    """Returns the step that takes a label away, or gives requests to pods that their owner would replace."""
    first, namespace = lacking[0], ctx.target.namespace
    if first.owner.kind not in {"Job", "Pod"}:
        own = ctx.target.container.resources.requests.get(first.resource, "NEW_VALUE")
        command = first.owner.set_resources(first.container.name, f"--requests={first.resource}={own}")
        where = f"{first.owner.resource} {namespace}/{first.owner.name}"
        return Step(f"Give its container {first.container.name} a request.", command, changes=where)
    label = next(iter((*selector.match_labels, *(each.key for each in selector.match_expressions))))
    names = tuple(each.pod.name for each in lacking if each.owner.kind in {"Job", "Pod"})
    text = f"Take the label {label} from {'them' if len(names) > 1 else 'it'}, also where the pods are made."
    return Step(
        text, kubectl.label("pod", names, f"{label}-", namespace=namespace), changes=f"pod {namespace}/{names[0]}"
    )


OWN_PODS_COUNTED = Check(
    id="scaling.own-pods-counted",
    title="The autoscaler counts the pods of its target alone",
    stage=stages.AUTOSCALERS,
    run=run,
    codes=(OTHERS,),
    reads=(*OWNER, *lists(Scope.OWN, Autoscaler, Pod)),
    contradiction=PAIR,
)
