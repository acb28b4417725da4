"""Do the autoscaler and other changes of the number of pods agree?

`kubectl scale` and the chart's own `replicas` set the number once; the autoscaler sets it back between its minimum and
maximum within seconds. So a number outside is visible only briefly; the autoscaler's event reports it for an hour.
"""

from collections.abc import Iterator
from datetime import timedelta

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion, events_of
from diagnose.check.reads import EVENTS, OWNER
from diagnose.check.rights import Scope, lists
from diagnose.domain.kubernetes.autoscaling import autoscalers_of, change_autoscaler, describe_command
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.model.report import Evidence, Finding, Severity, Step
from diagnose.resources import Autoscaler, Deployment, Event

UNDONE = Code(
    id="scaling.count-undone",
    meaning="The number of pods was set outside the autoscaler's limits, and the autoscaler undoes that within "
    "seconds. The change came from `kubectl scale`, or from an upgrade whose chart has replicas outside these limits.",
    fix="Change the autoscaler's minimum and maximum instead of the number of pods.",
    severity=Severity.WARNING,
)
OUTSIDE = ("below Spec.MinReplicas", "above Spec.MaxReplicas")
HPA_MANAGER, RECENT_S = "kube-controller-manager", 3600.0
SETTLING = timedelta(seconds=60)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a number of pods that was undone, or will be."""
    deployment, own = deployment_of(ctx), autoscalers_of(ctx)
    if not own:
        raise NotApplicableError("no autoscaler scales the Deployment")
    scaler = own[0]
    least, most = scaler.spec.min_replicas, scaler.spec.max_replicas
    if least == most:
        ctx.note(f"autoscaler {scaler.name} has {least} as minimum and maximum, so it scales nothing")
    elif _moved_by_autoscaler(deployment):
        ctx.note("the autoscaler has set the number of pods; an upgrade sets it to the chart's until it does so again")
    desired = deployment.spec.replicas
    if desired and not least <= desired <= most:
        text = f"{desired} pods desired, {least} to {most} allowed"
        seen = ctx.record_evidence(f"deployment {deployment.name}", text, command=describe_command(ctx, scaler))
        limit = {"minReplicas" if desired < least else "maxReplicas": desired}
        text = f"Let it allow {desired} pods, also in the chart's values; or leave the number to the autoscaler."
        fix = change_autoscaler(ctx, text, scaler.name, limit)
        yield _finding(ctx, scaler, f"{desired} pods{_by(deployment)}", seen, "and sets it back", fix)
        return
    if (undone := _undone(ctx, scaler)) and undone.seen_at:
        text = f"{undone.message} ({undone.seen_at:%H:%M:%S} UTC)"
        seen = ctx.record_evidence(
            f"event {undone.reason} of hpa {scaler.name}", text, command=describe_command(ctx, scaler)
        )
        changed, name = ("fewer", "minReplicas") if OUTSIDE[0] in undone.message else ("more", "maxReplicas")
        # The event does not name the number that was set.
        fix = Step(f"If {changed} pods are meant, set its {name} to that number, also in the chart's values.")
        yield _finding(ctx, scaler, f"{changed} pods", seen, f"and set it back {_ago(ctx, undone)}", fix)


def _moved_by_autoscaler(deployment: Deployment) -> bool:
    managers = deployment.metadata.managed_fields
    return any((each.manager, each.subresource) == (HPA_MANAGER, "scale") for each in managers)


def _by(deployment: Deployment) -> str:
    """Returns who set the number, where that was no upgrade: "by kubectl"."""
    others = [each.manager for each in deployment.metadata.managed_fields if each.subresource == "scale"]
    return f" by {others[0]}" if others and others[0] != HPA_MANAGER else ""


def _undone(ctx: Context, scaler: Autoscaler) -> Event | None:
    """Returns the last event about a number outside its limits, if recent and not due to a change of the limits."""
    events = ctx.attempt(lambda: events_of(ctx, "HorizontalPodAutoscaler", scaler.name)) or ()
    set_at = max(
        (each.time for each in scaler.metadata.managed_fields if each.time and not each.subresource), default=None
    )
    for each in reversed(events):
        if each.reason == "SuccessfulRescale" and any(one in each.message for one in OUTSIDE):
            recent = ctx.age(each.seen_at).total_seconds() <= RECENT_S
            own = set_at is None or each.seen_at is None or each.seen_at <= set_at + SETTLING
            return each if recent and not own else None
    return None


def _ago(ctx: Context, event: Event) -> str:
    minutes = int(ctx.age(event.seen_at).total_seconds() // 60)
    return f"{minutes} min ago" if minutes else "just now"


def _finding(ctx: Context, scaler: Autoscaler, what: str, seen: Evidence, then: str, fix: Step) -> Finding:
    name, spec = scaler.name, scaler.spec
    return UNDONE.finding(
        f"{ctx.target.name} was set to {what}, but autoscaler {name} allows {spec.min_replicas} to "
        f"{spec.max_replicas} {then}.",
        fix,
        Step("Read what the autoscaler did.", describe_command(ctx, scaler)),
        subjects=(f"horizontalpodautoscaler/{name}",),
        evidence=(seen,),
    )


AUTOSCALER_SUITS = Check(
    id="scaling.autoscaler-suits",
    title="The number of pods is set within the autoscaler's limits",
    stage=stages.AUTOSCALING,
    run=run,
    codes=(UNDONE,),
    occasions=(Occasion.AUDIT,),
    reads=(*OWNER, *lists(Scope.OWN, Autoscaler), *EVENTS),
)
