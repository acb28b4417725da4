"""What stands around a dependency: pods behind its Service, names like its name, policies on the worker's pods.

What a container of a dependency said before it ended: why a server does not come up stands in its own log.
"""

import difflib
import re

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.network.reachability import Route, service_of
from diagnose.logs.entries import informative_line
from diagnose.model.report import Step
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.resources import ContainerStatus, Deployment, EndpointSlice, Namespace, Node, Pod, Service, StatefulSet
from diagnose.resources.selectors import selects, to_text
from diagnose.text.sentences import truncate

SHOWN = 50
_PREFIX = re.compile(
    r"^(?:[\w:.+\-/]*\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,Z+\-]+ *|UTC |\[\d+\] |time=\S+ |level=\w+ |msg=|\[[\w ]+\] )+"
)


def last_words(ctx: Context, pods: list[Pod]) -> str:
    """The last line that tells why, of the first of these pods that ends again and again; in quotes, after a sign."""
    for pod in pods:
        for status in pod.status.container_statuses:
            if _crashes(status):
                line = _read(ctx, pod, status)
                return f': "{line}"' if line else ""
    return ""


def _crashes(status: ContainerStatus) -> bool:
    waits = status.state.waiting.reason if status.state.waiting else ""
    # Of one that was killed its log knows nothing.
    return waits == "CrashLoopBackOff" and status.last_end is not None and status.last_end.reason == "Error"


def _read(ctx: Context, pod: Pod, status: ContainerStatus) -> str:
    query = ReadLog(namespace=pod.metadata.namespace, pod=pod.name, container=status.name)
    try:
        text = ctx.query(query)
    except NoAnswerError:
        return ""
    told = informative_line(line.text.strip() for line in text.lines)
    if told:
        ctx.record_evidence(f"log of pod {pod.name}, {status.name}", truncate(told, 300), command=query.command)
    return truncate(_PREFIX.sub("", told).strip('" '), SHOWN)


def why_no_endpoints(ctx: Context, namespace: str, selector: dict[str, str]) -> tuple[str, tuple[Step, ...]]:
    """Why nothing is ready behind a Service of this selector, and the step that mends it or decides."""
    if not selector:
        return "it has no selector, so its endpoints are made by hand", ()
    try:
        pods = [each for each in ctx.list(Pod, namespace) if selects(selector, each.metadata.labels)]
        pods = [each for each in pods if each.metadata.deletion_timestamp is None and each.status.phase != "Failed"]
        if pods:
            look = Step(
                text="See why it is not ready.",
                command=kubectl.describe("pod", pods[0].name, namespace=namespace),
            )
            lost = _lost_node(ctx, pods)
            return _told(pods, f": node {lost} is not ready" if lost else "", last_words(ctx, pods)), (look,)
        for deployment in ctx.list(Deployment, namespace):
            if selects(selector, deployment.spec.template.metadata.labels):
                return _of_workload("deployment", deployment)
        for stateful in ctx.list(StatefulSet, namespace):
            if selects(selector, stateful.spec.template.metadata.labels):
                return _of_workload("statefulset", stateful)
    except NoAnswerError:
        return "its pods cannot be seen", ()
    wanted = to_text(selector)
    look = Step(
        text="See which workload there should give its pods these labels.",
        command=kubectl.get("deployments,statefulsets", namespace=namespace, output="wide"),
    )
    return f"no pod has its labels {truncate(wanted, 60)}", (look,)


def _told(pods: list[Pod], lost: str, said: str) -> str:
    """That pods are not ready and why, in as few words as tell it: what a crashing one said says most."""
    one = f"pod {pods[0].name}"
    if said and not lost:
        return f"{one} crashes{said}" if len(pods) == 1 else f"its {len(pods)} pods crash{said}"
    why = lost or why_unready(pods)
    if len(pods) == 1:
        return f"{one}{why}" if why else f"{one} is not ready"
    return f"none of {len(pods)} pods is ready{why}"


def why_unready(pods: list[Pod]) -> str:
    """What keeps the first pod whose state tells from being ready, in words that follow others; else nothing."""
    for pod in pods:
        whose = f" of {pod.name}" if len(pods) > 1 else ""
        placed = pod.condition("PodScheduled")
        if placed and placed.reason == "Unschedulable":
            return f": {pod.name} is on no node"
        for status in pod.status.all_container_statuses:
            waits = status.state.waiting.reason if status.state.waiting else ""
            if waits and waits not in {"PodInitializing", "ContainerCreating"}:
                return f": {status.name}{whose} is in {waits}{_ended(status)}"
            if not status.ready and (ended := _ended(status)):
                return f": {status.name}{whose} starts anew{ended}"
    return ""


def _ended(status: ContainerStatus) -> str:
    """How a container ended that does so again and again."""
    end = status.last_end
    if end is None or not end.exit_code or not status.restart_count:
        return ""
    return f" after {end.reason if end.reason != 'Error' else f'exit code {end.exit_code}'}"


def unready_behind(ctx: Context, route: Route) -> str:
    """Why the pods of a Service that offers them ready or not are not ready, in words that follow others."""
    try:
        pods = ctx.list(Pod, route.service.partition("/")[0]) if route.selector else ()
    except NoAnswerError:
        return ""
    return why_unready([pod for pod in pods if selects(route.selector, pod.metadata.labels) and not pod.ready])


def _lost_node(ctx: Context, pods: list[Pod]) -> str:
    """The node that all of these pods are on, where it is not ready."""
    names = {pod.spec.node_name for pod in pods}
    lost = [each.name for each in ctx.list(Node) if each.name in names and not _is_ready(each)]
    return lost[0] if len(names) == 1 and lost else ""


def _is_ready(node: Node) -> bool:
    return all(each.status == "True" for each in node.status.conditions if each.type == "Ready")


def wrong_target(ctx: Context, route: Route, port: int) -> tuple[str, tuple[Step, ...]]:
    """Whether a port of a Service leads to one that its pods do not declare: in words, and the step that mends it."""
    namespace, _, service = route.service.partition("/")
    try:
        pods = [each for each in ctx.list(Pod, namespace) if selects(route.selector, each.metadata.labels)]
    except NoAnswerError:
        return "", ()
    ports = [port for pod in pods for container in pod.spec.containers for port in container.ports]
    declared = {port.container_port: port.name for port in ports}
    if not route.leads_to or not declared or route.leads_to in {*declared, *declared.values()}:
        return "", ()
    listed = ", ".join(f"{number} ({name})" if name else str(number) for number, name in declared.items())
    right = next(iter(declared)) if len(declared) == 1 else "RIGHT_PORT"
    change = {"spec": {"ports": [{"port": port, "targetPort": right}]}}
    step = Step(
        text="Let the Service lead to a port of its pods.",
        command=kubectl.patch("service", service, change, namespace=namespace).fill('"RIGHT_PORT"', "RIGHT_PORT"),
        changes=f"service {route.service}",
    )
    return f"leads to port {route.leads_to}, and its pods declare {listed}", (step,)


def _of_workload(kind: str, workload: Deployment | StatefulSet) -> tuple[str, tuple[Step, ...]]:
    namespace, name = workload.metadata.namespace, workload.name
    if workload.spec.replicas:
        look = Step(text="See why it has no pods.", command=kubectl.describe(kind, name, namespace=namespace))
        return f"{kind} {name} has no pods", (look,)
    scale = Step(
        text="Scale it up again.",
        command=kubectl.scale(kind, name, 1, namespace=namespace),
        changes=f"{kind} {namespace}/{name}",
    )
    return f"{kind} {name} is scaled to 0", (scale,)


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
        except NoAnswerError:
            continue
        if near := difflib.get_close_matches(name, names, n=1, cutoff=0.75):
            return f"{near[0]}.{place}.svc{suffix}"
    return ""


def _near_namespaces(ctx: Context, name: str) -> list[str]:
    try:
        names = [each.name for each in ctx.list(Namespace)]
    except NoAnswerError:
        return []
    return [] if name in names else difflib.get_close_matches(name, names, n=2, cutoff=0.7)


def empty_services(ctx: Context, namespace: str) -> tuple[str, ...]:
    """Services of a namespace that choose pods and have none that is ready; none where they may not be listed."""
    try:
        services = [each for each in ctx.list(Service, namespace) if each.spec.selector]
        slices = ctx.list(EndpointSlice, namespace)
    except NoAnswerError:
        return ()
    ready = {
        each.service for each in slices for endpoint in each.endpoints or () if endpoint.conditions.ready is not False
    }
    return tuple(each.name for each in services if each.name not in ready)
