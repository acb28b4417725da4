"""The backends of a Service: why they are not ready, by their state and the logs of crashing containers."""

import difflib
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.commands.owner import Owner
from diagnose.domain.network.reachability import Route
from diagnose.domain.network.service_selectors import near_match
from diagnose.logs.entries import informative_line
from diagnose.model.report import Step
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import ContainerStatus, Deployment, EndpointSlice, Namespace, Node, Pod, Service, StatefulSet
from diagnose.resources.selectors import selects, to_text
from diagnose.target.ownership import POD, owner_by_labels
from diagnose.target.pod_template import changed
from diagnose.target.service_names import parse
from diagnose.target.target import REVISION
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

SHOWN = 50
# What a program writes that refuses its own configuration.
_OF_CONFIGURATION = lazy(
    r"(?i)config|\.(?:ini|ya?ml|toml|conf)\b|pars(?:e|ing) error|syntax|(?:unknown|invalid|unrecognized) "
    r"(?:parameter|option|directive|key|setting|field|section)"
)
RECENT, MOMENT = timedelta(days=1), timedelta(seconds=5)
_PREFIX = lazy(
    r"^(?:[\w:.+\-/]*\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,Z+\-]+ *|UTC |\[\d+\] |time=\S+ |level=\w+ |msg=|\[[\w ]+\] )+"
)


def pods_of(ctx: Context, service: tuple[str, str]) -> tuple[Pod, ...]:
    """Returns the pods that a Service selects, by its namespace and name; none of one that does not exist."""
    namespace, name = service
    selector = next((each.spec.selector for each in ctx.list(Service, namespace) if each.name == name), {})
    return tuple(each for each in ctx.list(Pod, namespace) if selects(selector, each.metadata.labels))


def crash_message(ctx: Context, pods: list[Pod]) -> str:
    """Returns the last informative log line of the first crashing pod as `: "…"`, "" without one."""
    for pod in pods:
        for status in pod.running_statuses:
            if _crashes(status):
                line = _read(ctx, pod, status)
                return f': "{line}"' if line else ""
    return ""


def _crashes(status: ContainerStatus) -> bool:
    waits = status.state.waiting.reason if status.state.waiting else ""
    # The log of a killed container has no reason.
    return waits == "CrashLoopBackOff" and status.last_end is not None and status.last_end.reason == "Error"


def _read(ctx: Context, pod: Pod, status: ContainerStatus) -> str:
    query = ReadLog(namespace=pod.metadata.namespace, pod=pod.name, container=status.name)
    text = ctx.detail(lambda: ctx.query(query))
    line = informative_line(line.text.strip() for line in text.lines) if text else ""
    if line:
        ctx.record_evidence(f"log of pod {pod.name}, {status.name}", truncate(line, 300), command=query.command)
    return truncate(_PREFIX.sub("", line).strip('" '), SHOWN)


def why_no_endpoints(ctx: Context, namespace: str, selector: dict[str, str]) -> tuple[str, tuple[Step, ...]]:
    """Returns why a Service with this selector has no ready backend, and the steps that fix or inspect it."""
    if not selector:
        return "it has no selector, so its endpoints are managed manually", ()
    return ctx.detail(lambda: _why_none_ready(ctx, namespace, selector)) or ("its pods may not be listed", ())


def _why_none_ready(ctx: Context, namespace: str, selector: dict[str, str]) -> tuple[str, tuple[Step, ...]]:
    pods = [each for each in ctx.list(Pod, namespace) if selects(selector, each.metadata.labels)]
    pods = [each for each in pods if each.metadata.deletion_timestamp is None and each.status.phase != "Failed"]
    if pods:
        inspect = Step("Read why it is not ready.", kubectl.describe("pod", pods[0].name, namespace=namespace))
        unready_node, message = _unready_node(ctx, pods), crash_message(ctx, pods)
        undo = () if unready_node else _undo_last_change(ctx, namespace, pods)
        if _OF_CONFIGURATION.search(message):
            undo = (*undo, *_corrected(namespace, pods[0]))
        return _why_unready(pods, unready_node, message), (*undo, *_read_log(pods), inspect)
    for deployment in ctx.list(Deployment, namespace):
        if selects(selector, deployment.spec.template.metadata.labels):
            return _of_workload("deployment", deployment)
    for stateful in ctx.list(StatefulSet, namespace):
        if selects(selector, stateful.spec.template.metadata.labels):
            return _of_workload("statefulset", stateful)
    command = kubectl.get("deployments,statefulsets", namespace=namespace, output="wide")
    inspect = Step("Find the workload whose pods should have these labels.", command)
    services = (each for each in ctx.list(Service, namespace) if each.spec.selector == selector)
    for service in services:
        if near := near_match(ctx, service):
            steps = (near.step(service), inspect) if near.is_meant else (inspect,)
            return f"it selects {truncate(to_text(selector), 50)}; {near.text}", steps
    return f"no pod has its labels {truncate(to_text(selector), 60)}", (inspect,)


def _undo_last_change(ctx: Context, namespace: str, pods: list[Pod]) -> tuple[Step, ...]:
    """Returns the step that undoes the last change of a Deployment, where pods made by it alone are not ready."""
    owners = {owner_by_labels(pod.metadata) for pod in pods}
    for each in ctx.detail(lambda: ctx.list(Deployment, namespace)) or ():
        last, revision = changed(each.metadata), each.metadata.annotations.get(REVISION, "1")
        if owners != {("Deployment", each.name)} or last is None or revision == "1" or ctx.age(last.at) > RECENT:
            continue
        begun = [pod.metadata.creation_timestamp for pod in pods]
        if all(at is not None and at >= last.at - MOMENT for at in begun):
            owner = Owner("Deployment", each.name, namespace)
            text = f"Undo the last change of deployment {each.name} ({last.by}), since which its pods are not ready."
            return (Step(text, owner.rollout("undo"), changes=f"deployment {namespace}/{each.name}"),)
    return ()


def _corrected(namespace: str, pod: Pod) -> tuple[Step, ...]:
    """Returns the step that corrects the one ConfigMap that a pod reads, whose program refuses its configuration."""
    maps = [each.config_map.name for each in pod.spec.volumes if each.config_map]
    kind, name = owner_by_labels(pod.metadata)
    owner = Owner(kind, name, namespace)
    if len(maps) != 1 or kind == POD:
        return ()
    edit = kubectl.edit("configmap", maps[0], namespace=namespace).then(owner.rollout("restart"))
    text = f"Correct ConfigMap {namespace}/{maps[0]}, which pod {pod.name} reads, and restart {owner.reference}."
    return (Step(text, edit, changes=f"configmap {namespace}/{maps[0]}"),)


def _read_log(pods: list[Pod]) -> Iterator[Step]:
    """Yields the step that shows the log of the first container that crashes."""
    crashing = ((pod, status) for pod in pods for status in pod.running_statuses if _crashes(status))
    for pod, status in islice(crashing, 1):
        log = kubectl.log(pod.name, status.name, namespace=pod.metadata.namespace, tail=40)
        yield Step(f"Read the log of {pod.name}.", log)


def _why_unready(pods: list[Pod], unready_node: str, message: str) -> str:
    """Returns that pods are not ready and why; the message of a crashing one takes precedence."""
    one = f"pod {pods[0].name}"
    if message and not unready_node:
        return f"{one} crashes{message}" if len(pods) == 1 else f"its {len(pods)} pods crash{message}"
    why = unready_node or why_unready(pods)
    if len(pods) == 1:
        return f"{one}{why}" if why else f"{one} is not ready"
    return f"none of {len(pods)} pods is ready{why}"


def why_unready(pods: list[Pod]) -> str:
    """Returns why the first pod with a reason in its state is not ready, as ": …", else ""."""
    for pod in pods:
        of_pod = f" of {pod.name}" if len(pods) > 1 else ""
        placed = pod.condition("PodScheduled")
        if placed and placed.reason == "Unschedulable":
            return f": {pod.name} is Pending on no node"
        for status in pod.status.all_container_statuses:
            waits = status.state.waiting.reason if status.state.waiting else ""
            if waits and waits not in {"PodInitializing", "ContainerCreating"}:
                return f": {status.name}{of_pod} is in {waits}{_ended(status)}"
            if not status.ready and (ended := _ended(status)):
                return f": {status.name}{of_pod} is restarting{ended}"
    return ""


def _ended(status: ContainerStatus) -> str:
    """Returns how a restarted container last ended."""
    end = status.last_end
    if end is None or not end.exit_code or not status.restart_count:
        return ""
    return f" after {end.reason if end.reason != 'Error' else f'exit code {end.exit_code}'}"


def why_backends_unready(ctx: Context, route: Route) -> str:
    """Returns why the backends of a Service that publishes unready ones are not ready, as ": …", else ""."""
    if not route.selector:
        return ""
    pods = ctx.detail(lambda: ctx.list(Pod, route.service.partition("/")[0])) or ()
    return why_unready([pod for pod in pods if selects(route.selector, pod.metadata.labels) and not pod.ready])


def _unready_node(ctx: Context, pods: list[Pod]) -> str:
    """Returns that the node of all these pods is not ready, as ": …", else ""."""
    names = {pod.spec.node_name for pod in pods}
    unready = [
        node.name
        for node in ctx.detail(lambda: ctx.list(Node)) or ()
        if node.name in names and any(each.type == "Ready" and each.status != "True" for each in node.status.conditions)
    ]
    return f": node {unready[0]} is not ready" if len(names) == 1 and unready else ""


def wrong_target_port(ctx: Context, route: Route, port: int) -> tuple[str, tuple[Step, ...]]:
    """Returns that the target port of a Service is not declared by its pods, and the step that corrects it."""
    namespace, _, service = route.service.partition("/")
    own_pods = ctx.detail(lambda: ctx.list(Pod, namespace)) or ()
    pods = (each for each in own_pods if selects(route.selector, each.metadata.labels))
    ports = [port for pod in pods for container in pod.spec.running_containers for port in container.ports]
    declared = {port.container_port: port.name for port in ports}
    if not route.target_port or not declared or route.target_port in {*declared, *declared.values()}:
        return "", ()
    listed = ", ".join(f"{number} ({name})" if name else str(number) for number, name in declared.items())
    right = next(iter(declared)) if len(declared) == 1 else "RIGHT_PORT"
    change = {"spec": {"ports": [{"port": port, "targetPort": right}]}}
    step = Step(
        "Set the Service's targetPort to a port of its pods.",
        kubectl.patch("service", service, change, namespace=namespace).fill('"RIGHT_PORT"', "RIGHT_PORT"),
        changes=f"service {route.service}",
    )
    return f"has targetPort {route.target_port}, and its pods declare {listed}", (step,)


def _of_workload(kind: str, workload: Deployment | StatefulSet) -> tuple[str, tuple[Step, ...]]:
    namespace, name = workload.metadata.namespace, workload.name
    if workload.spec.replicas:
        inspect = Step("Read why it has no pods.", kubectl.describe(kind, name, namespace=namespace))
        return f"{kind} {name} has no pods", (inspect,)
    command = kubectl.scale(kind, name, 1, namespace=namespace)
    scale = Step("Scale it up again.", command, changes=f"{kind} {namespace}/{name}")
    return f"{kind} {name} is scaled to 0", (scale,)


def similar_host(ctx: Context, host: str, port: int = 0) -> str:
    """Returns a similar existing host name of a Service.

    It is in the namespace, in one with a similar name, or has the same name in the only other namespace that has it.
    Where the port is given, it may also be the only Service of the namespace with that port.
    """
    named = parse(host, ctx.target.namespace)
    if named is None:
        return ""
    namespace, name = named.namespace, named.name
    suffix = host.rstrip(".").partition(".svc")[2]
    for space in (namespace, *_similar_namespaces(ctx, namespace)):
        names = [each.name for each in ctx.detail(partial(ctx.list, Service, space)) or ()]
        if similar := difflib.get_close_matches(name, names, n=1, cutoff=0.75):
            return f"{similar[0]}.{space}.svc{suffix}"
    everywhere = ctx.detail(lambda: ctx.list(Service)) or ()
    # An ExternalName of that name is rather what leads to the missing host.
    real = (each for each in everywhere if each.name == name and each.spec.type != "ExternalName")
    spaces = {each.metadata.namespace for each in real}
    if len(spaces) == 1:
        return f"{name}.{spaces.pop()}.svc{suffix}"
    own = ctx.detail(partial(ctx.list, Service, namespace)) or () if port else ()
    offering = [each.name for each in own if any(item.port == port for item in each.spec.ports)]
    if len(offering) == 1:
        return f"{offering[0]}.{namespace}.svc{suffix}"
    return ""


def _similar_namespaces(ctx: Context, name: str) -> list[str]:
    names = [each.name for each in ctx.detail(lambda: ctx.list(Namespace)) or ()]
    return [] if name in names else difflib.get_close_matches(name, names, n=2, cutoff=0.7)


def empty_services(ctx: Context, namespace: str) -> tuple[str, ...]:
    """Returns the Services of a namespace with a selector and no ready endpoint.

    Raises:
        NoAnswerError: they may not be listed.
    """
    services = [each for each in ctx.list(Service, namespace) if each.spec.selector]
    slices = ctx.list(EndpointSlice, namespace)
    ready = {each.service for each in slices for one in each.endpoints or () if one.conditions.ready is not False}
    return tuple(each.name for each in services if each.name not in ready)
