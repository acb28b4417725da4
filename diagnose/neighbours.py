"""What stands around a dependency: pods behind its Service, names like its name, policies on the worker's pods."""

import difflib
import shlex

from diagnose.check import Context
from diagnose.model import Step
from diagnose.probes.objects import Deployment, Pod
from diagnose.probes.question import CannotLookError
from diagnose.probes.surroundings import EndpointSlice, Namespace, NetworkPolicy, Service
from diagnose.reach import service_of


def why_no_endpoints(ctx: Context, namespace: str, selector: dict[str, str]) -> tuple[str, tuple[Step, ...]]:
    """Why nothing is ready behind a Service of this selector, and the step that mends it or decides."""
    if not selector:
        return "it has no selector, so its endpoints are made by hand", ()
    try:
        pods = [each for each in ctx.list(Pod, namespace) if selects(selector, each.metadata.labels)]
        pods = [each for each in pods if each.metadata.deletion_timestamp is None and each.status.phase != "Failed"]
        if pods:
            told = f"pod {pods[0].name} matches" if len(pods) == 1 else f"{len(pods)} pods match"
            look = Step(
                text="See why it is not ready.",
                command=f"kubectl -n {namespace} describe pod {shlex.quote(pods[0].name)}",
            )
            return f"{told}, but none is ready", (look,)
        for deployment in ctx.list(Deployment, namespace):
            if selects(selector, deployment.spec.template.metadata.labels):
                return _of_deployment(namespace, deployment)
    except CannotLookError:
        return "its pods cannot be seen", ()
    wanted = ",".join(f"{key}={value}" for key, value in selector.items())
    look = Step(
        text="See which workload there should give its pods these labels.",
        command=f"kubectl -n {namespace} get deployments,statefulsets -o wide",
    )
    return f"no pod has its labels {wanted[:60]}", (look,)


def _of_deployment(namespace: str, deployment: Deployment) -> tuple[str, tuple[Step, ...]]:
    if deployment.spec.replicas:
        look = Step(
            text="See why it has no pods.", command=f"kubectl -n {namespace} describe deployment {deployment.name}"
        )
        return f"deployment {deployment.name} has no pods", (look,)
    scale = Step(
        text="Scale it up again.",
        command=f"kubectl -n {namespace} scale deployment/{deployment.name} --replicas=1",
        changes=f"deployment {namespace}/{deployment.name}",
    )
    return f"deployment {deployment.name} is scaled to 0", (scale,)


def near_name(ctx: Context, host: str) -> str:
    """The host name that was probably meant: a Service of a like name there, or the same in a namespace like it."""
    named = service_of(host, ctx.target.namespace)
    if named is None:
        return ""
    namespace, name = named
    suffix = host.rstrip(".").partition(".svc")[2]
    for place in (namespace, *_near_namespaces(ctx, namespace)):
        try:
            names = [each.name for each in ctx.list(Service, place)]
        except CannotLookError:
            continue
        if near := difflib.get_close_matches(name, names, n=1, cutoff=0.75):
            return f"{near[0]}.{place}.svc{suffix}"
    return ""


def _near_namespaces(ctx: Context, name: str) -> list[str]:
    try:
        names = [each.name for each in ctx.list(Namespace)]
    except CannotLookError:
        return []
    return [] if name in names else difflib.get_close_matches(name, names, n=2, cutoff=0.7)


def policies_on_worker(ctx: Context) -> tuple[str, ...]:
    """NetworkPolicies that limit what the worker's pods may connect to; none where they may not be listed."""
    labels = ctx.target.template.metadata.labels
    try:
        policies = ctx.list(NetworkPolicy, ctx.target.namespace)
    except CannotLookError:
        return ()
    limiting = (each for each in policies if "Egress" in each.spec.policy_types)
    return tuple(each.name for each in limiting if _is_for(each.spec.pod_selector.match_labels, labels))


def _is_for(wanted: dict[str, str], labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())


def empty_services(ctx: Context, namespace: str) -> tuple[str, ...]:
    """Services of a namespace that choose pods and have none that is ready; none where they may not be listed."""
    try:
        services = [each for each in ctx.list(Service, namespace) if each.spec.selector]
        slices = ctx.list(EndpointSlice, namespace)
    except CannotLookError:
        return ()
    ready = {
        each.service for each in slices for endpoint in each.endpoints or () if endpoint.conditions.ready is not False
    }
    return tuple(each.name for each in services if each.name not in ready)


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """Whether a Service's selector chooses pods of these labels; an empty one chooses none."""
    return bool(selector) and _is_for(selector, labels)
