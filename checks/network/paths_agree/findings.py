"""The findings about each hop of a path."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from checks.network.paths_agree.gathering import Suspect
from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.domain.network.foreign_backends import foreign_backends
from diagnose.domain.network.logged_failures import evidence_of
from diagnose.domain.network.paths import (
    FAILED,
    Backend,
    Hop,
    Parting,
    Trial,
    addresses_of,
    nodes_of,
)
from diagnose.model.report import Evidence, Finding, Severity, Step, Vantage
from diagnose.queries.exec_survey.survey import ConnectionState
from diagnose.resources import ConfigMap, Pod, Service
from diagnose.text.redaction import MASK
from diagnose.text.sentences import listed, span

ELSEWHERE = Code(
    id="network.resolved-elsewhere",
    meaning="The host name of a server has another address in the pods than that of its Service: a search domain "
    "answers first, or DNS itself has another record, or an old one.",
    fix="Remove the search domain or the record that answers in place of the Service.",
)
LOCAL_ONLY = Code(
    id="network.service-serves-own-node",
    meaning="A Service with internalTrafficPolicy Local has no endpoint on the nodes of some pods that use it, where "
    "their connections are dropped, although it has endpoints elsewhere.",
    fix="Set internalTrafficPolicy to Cluster, or run a backend on each node.",
)
FOREIGN = Code(
    id="network.endpoints-foreign",
    meaning="A Service has endpoints in an EndpointSlice that is not its controller's, with addresses that no pod has "
    "that it selects. A part of the connections goes there.",
    fix="Remove the EndpointSlice, or let its owner correct it.",
)
NODE_PROXY = Code(
    id="network.node-proxy-stale",
    meaning="On some nodes the address of a Service fails although its endpoints answer from there: kube-proxy of the "
    "node, or what replaces it, has not updated its rules.",
    fix="Restart kube-proxy, or the network plug-in that replaces it, on these nodes.",
)
NODE_PATH = Code(
    id="network.node-path-broken",
    meaning="Endpoints of a Service answer pods on one node and not those on another one: packets between two nodes, "
    "or between their pods, get lost: by a firewall, a route, or the network plug-in of a node.",
    fix="Repair the firewall, the routes or the network plug-in of these nodes.",
)
BACKEND = Code(
    id="network.endpoint-unanswered",
    meaning="An endpoint of a Service does not answer on its port although it counts as ready, so that the connections "
    "which go there fail.",
    fix="Repair the pod of this endpoint, or correct the address.",
    transient=True,
)
OTHERS = Code(
    id="network.service-selects-others",
    meaning="A Service selects pods of another workload, too, which do not serve its port, so that a part of the "
    "connections fails at random.",
    fix="Let the Service select by a label that its own server's pods alone have.",
)
CODES = (ELSEWHERE, LOCAL_ONLY, FOREIGN, NODE_PROXY, NODE_PATH, BACKEND, OTHERS)
PROXY, SYSTEM = "kube-proxy", "kube-system"
YOUNG_S = 3600.0
# The plug-ins of CoreDNS that answer for names themselves.
_RECORDS = ("hosts", "template", "rewrite", "file", "forward")
_CACHED = "DNS may still have the address of an earlier Service of this name: look the name up again in a minute."
_OTHER_SERVER = "The server at the other address may be the right one: compare it with the setting."
_NODES = "The Service's server may refuse that node; connect from another pod of the node to find out."
_UNTRIED = "No pod could try it: connect to the addresses from a pod to find out."
_ALL_NODES = "No pod of another node could try it, so the Service's rules may be wrong everywhere: try from one."
_PARTLY = "Some connections succeed: the server may be overloaded. Compare the node's rules with the endpoints."
_POLICY = "A policy or a firewall for that node has the same effect: compare with a pod of a third node."
_SERVER_DOWN = "The server at this address may be down: connect to it from elsewhere to find out."
_NOT_LOCAL = "No pod on a node with an endpoint could try it: connect from one to find out."


def findings_of(ctx: Context, suspect: Suspect, parting: Parting) -> Iterator[Finding]:
    """Yields the finding about a hop; a host that only a setting names is a warning without a line in a log."""
    makers = {
        Hop.NAME: _elsewhere,
        Hop.TRAFFIC_POLICY: _own_node,
        Hop.ENDPOINTS: _foreign,
        Hop.NODE_PROXY: _node_proxy,
        Hop.NODE_PATH: _node_path,
        Hop.BACKEND: _backend,
    }
    if parting.hop is Hop.BACKEND and foreign_backends(ctx, suspect.end.route):
        return  # pods of another workload, which the check of the port names
    found = makers[parting.hop](ctx, suspect, parting)
    found = replace(found, evidence=(*found.evidence, *evidence_of(ctx, suspect.lines)))
    is_needed = suspect.end.is_known or suspect.lines
    yield found if is_needed else replace(found, severity=Severity.WARNING)


def _elsewhere(ctx: Context, suspect: Suspect, parting: Parting) -> Finding:
    path, first = suspect.path, parting.failing[0]
    address = listed(addresses_of([first]), 1)
    right = f"Service {path.service} ({listed(path.addresses, 1)})" if path.service else listed(path.addresses, 1)
    seen = [
        _observed(ctx, each, f"{path.host} has the address {listed(each.resolved, 2)}{_as(each, path.host)}")
        for each in parting.failing[:2]
    ]
    if first.domain:
        by, pods, steps = _by_domain(ctx, first.domain, parting)
    else:
        by, steps, records = _by_record(ctx, suspect, address)
        pods, seen = (), [*seen, *records]
    return ELSEWHERE.finding(
        f"{path.host} resolves to {address}{by}, not to {right}.",
        *steps,
        subjects=(f"host/{path.host}",),
        pods=pods,
        evidence=(*seen, *_connections(ctx, parting.failing, path.service)),
        alternatives=() if parting.is_proven else (_OTHER_SERVER,),
    )


def _as(trial: Trial, host: str) -> str:
    return f", as {trial.resolved_as}" if trial.resolved_as and trial.resolved_as != host.rstrip(".") else ""


def _by_domain(ctx: Context, domain: str, parting: Parting) -> tuple[str, tuple[str, ...], tuple[Step, ...]]:
    """Returns what sets a search domain, as a part of a sentence, its pods, and the steps that take it away."""
    first = parting.failing[0]
    having = [each for each in ctx.target.pods if each.spec.dns_config and domain in each.spec.dns_config.searches]
    words = ("cat", "/etc/resolv.conf")
    command = kubectl.run_in(first.pod, *words, namespace=ctx.target.namespace, container=first.container)
    show = Step("Read the search domains of the pod.", command)
    if having and having[0].spec.dns_config:
        left = [each for each in having[0].spec.dns_config.searches if each != domain]
        fix = Step("Remove the search domain.", _set_dns(ctx, {"searches": left or None}), changes=ctx.deployment)
        return f" by search domain {domain} of the pods' dnsConfig", tuple(each.name for each in having), (fix, show)
    nodes = nodes_of(parting.failing)
    options = [{"name": "ndots", "value": "1"}]
    fix = Step(
        "Let the pods try a whole name as it is first.", _set_dns(ctx, {"options": options}), changes=ctx.deployment
    )
    return f" by search domain {domain} of node {listed(nodes, 2)}", _on(ctx, nodes), (fix, show)


def _set_dns(ctx: Context, config: dict[str, Any]) -> Command:
    return ctx.owner.patch({"spec": {"template": {"spec": {"dnsConfig": config}}}})


def _on(ctx: Context, nodes: Iterable[str]) -> tuple[str, ...]:
    """Returns the pods of the target on some nodes."""
    return tuple(each.name for each in ctx.target.pods if each.spec.node_name in set(nodes))


def _by_record(ctx: Context, suspect: Suspect, address: str) -> tuple[str, tuple[Step, ...], tuple[Evidence, ...]]:
    """Returns why DNS itself answers with another address, as a part of a sentence, with steps and evidence."""
    host = suspect.path.host
    for each in ctx.detail(lambda: ctx.list(ConfigMap, SYSTEM)) or ():
        for key, text in each.data.items():
            if block := _record(text, host, address):
                command = without_record(each.name, key, text, block[1], host)
                seen = ctx.record_evidence(f"configmap {SYSTEM}/{each.name}", block[1])
                fix = Step("Remove the record.", command, changes=f"configmap {SYSTEM}/{each.name}")
                return f" by {block[0]} of ConfigMap {SYSTEM}/{each.name}", (fix,), (seen,)
    namespace, _, name = suspect.path.service.partition("/")
    service = _service(ctx, namespace, name)
    restart = kubectl.kubectl("rollout", "restart", "deployment/coredns", namespace=SYSTEM)
    fix = Step("Let DNS forget what it has cached.", restart, changes=f"deployment {SYSTEM}/coredns")
    read = Step("Read the configuration of DNS.", kubectl.get("configmap", "coredns", namespace=SYSTEM, output="yaml"))
    age = ctx.age(service.metadata.creation_timestamp).total_seconds() if service else 0.0
    if 0 < age < YOUNG_S:
        return f", which it may have had before it was made {span(age)} ago", (fix, read), ()
    return "", (read, fix), ()


def without_record(config_map: str, key: str, text: str, line: str, host: str) -> Command:
    """Returns the command that takes a host out of its line of a hosts block and restarts DNS; by hand elsewhere."""
    address, *names = line.split()
    left = [each for each in names if each.rstrip(".") != host.rstrip(".")]
    is_plain = re.fullmatch(r"[\d.]{7,15}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{1,40}", address) and "#" not in line
    if MASK in text or text.count(line) != 1 or not is_plain or (len(names) > 1 and left == names):
        return kubectl.edit("configmap", config_map, namespace=SYSTEM)
    record = " ".join((address, *left)) if left != names and left else ""
    patched = kubectl.patch("configmap", config_map, {"data": {key: text.replace(line, record)}}, namespace=SYSTEM)
    return patched.then(kubectl.kubectl("rollout", "restart", "deployment/coredns", namespace=SYSTEM))


def _record(text: str, host: str, address: str) -> tuple[str, str] | None:
    """Returns the block of a CoreDNS configuration that names a host or address, and its line; None without one."""
    block = ""
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0] in _RECORDS:
            block = words[0]
        if block and (address in words or host.rstrip(".") in {each.rstrip(".") for each in words}):
            return f"the {block} block", line.strip()
        if words and words[-1] == "}":
            block = ""
    return None


def _service(ctx: Context, namespace: str, name: str) -> Service | None:
    found = (ctx.detail(lambda: ctx.list(Service, namespace)) or ()) if name else ()
    return next((each for each in found if each.name == name), None)


def _own_node(ctx: Context, suspect: Suspect, parting: Parting) -> Finding:
    path = suspect.path
    namespace, _, name = path.service.partition("/")
    local = path.local_nodes or frozenset()
    without = tuple(each for each in ctx.target.pods if each.spec.node_name and each.spec.node_name not in local)
    first = next((each for each in without if each.name in {one.pod for one in parting.failing}), without[0])
    command = kubectl.patch("service", name, {"spec": {"internalTrafficPolicy": "Cluster"}}, namespace=namespace)
    return LOCAL_ONLY.finding(
        f"Service {path.service} (internalTrafficPolicy Local) has endpoints on {', '.join(sorted(local))} only, "
        f"so {first.name} on {first.spec.node_name} cannot connect to it.",
        Step("Let the Service use the endpoints of all nodes.", command, changes=f"service {path.service}"),
        Step("Compare the nodes.", kubectl.endpoints(name, namespace=namespace)),
        subjects=(f"service/{path.service}",),
        pods=tuple(each.name for each in without),
        evidence=(
            *_connections(ctx, (*parting.failing[:1], *parting.working[:1]), path.service),
            *suspect.end.route.evidence[-1:],
        ),
        alternatives=() if parting.is_proven else (_NOT_LOCAL,),
    )


def _foreign(ctx: Context, suspect: Suspect, parting: Parting) -> Finding:
    path, backends = suspect.path, parting.backends
    namespace, _, name = path.service.partition("/")
    slice_name, manager = backends[0].slice_name, backends[0].manager
    owner = f"managed by {manager}" if manager else "made by hand"
    state = ", and do not answer" if parting.is_proven else ""
    ours = [each for each in path.backends if each not in backends]
    seen = ctx.record_evidence(
        f"endpointslice {namespace}/{slice_name}",
        f"{owner}: {listed((each.address for each in backends), 6)}",
        command=kubectl.get("endpointslice", slice_name, namespace=namespace, output="yaml"),
    )
    return FOREIGN.finding(
        f"{len(backends)} of {len(path.backends)} addresses of Service {path.service} come from EndpointSlice "
        f"{slice_name} ({owner}), not from its pods{state}.",
        Step(
            "Remove it, or let its owner correct it.",
            kubectl.delete("endpointslice", slice_name, namespace=namespace),
            changes=f"endpointslice {namespace}/{slice_name}",
        ),
        Step("List the slices of the Service.", kubectl.endpoints(name, namespace=namespace)),
        subjects=(f"endpointslice/{namespace}/{slice_name}", f"service/{path.service}"),
        evidence=(seen, *_direct(ctx, suspect, (*backends[:2], *ours[:1]))),
        alternatives=() if parting.is_proven else (_UNTRIED,),
    )


def _node_proxy(ctx: Context, suspect: Suspect, parting: Parting) -> Finding:
    path, nodes = suspect.path, nodes_of(parting.failing)
    which = f"node {nodes[0]}" if len(nodes) == 1 else f"nodes {listed(nodes)}"
    partly = any(ConnectionState.CONNECTED in each.service for each in parting.failing)
    how = "fails at times" if partly else "fails"
    alternatives = (_PARTLY,) if partly else (_ALL_NODES,) if not parting.working else ()
    compared = (*parting.failing[:2], *parting.working[:1])
    return NODE_PROXY.finding(
        f"From {which} the address of Service {path.service} {how}, while its endpoints answer directly: kube-proxy "
        f"there has not updated its rules.",
        *_restart_proxy(ctx, nodes[0]),
        subjects=tuple(f"node/{each}" for each in nodes),
        pods=_on(ctx, nodes),
        evidence=(*_connections(ctx, compared, path.service), *_direct(ctx, suspect, path.backends[:2])),
        alternatives=() if parting.is_proven else alternatives,
    )


def _restart_proxy(ctx: Context, node: str) -> tuple[Step, ...]:
    """Returns the steps for what keeps the rules of a node, which is a pod in most clusters."""
    pods = ctx.detail(lambda: ctx.list(Pod, SYSTEM)) or ()
    show = Step(
        "List what runs on the node for its network.",
        kubectl.get("pods", everywhere=True, fields=f"spec.nodeName={node}", output="wide"),
    )
    for each in pods:
        if each.name.startswith(PROXY) and each.spec.node_name == node:
            command = kubectl.delete("pod", each.name, namespace=SYSTEM)
            return (Step("Restart kube-proxy of the node.", command, changes=f"pod {SYSTEM}/{each.name}"), show)
    inspect = Step("See whether kube-proxy of the node runs.", kubectl.debug_node(node, "pgrep", "-a", PROXY))
    return (show, inspect)


def _node_path(ctx: Context, suspect: Suspect, parting: Parting) -> Finding:
    path, nodes, backend = suspect.path, nodes_of(parting.failing), parting.backends[0]
    there = f" on {backend.node}" if backend.node else ""
    return NODE_PATH.finding(
        f"{_named(backend)}{there} of Service {path.service} does not answer pods on {listed(nodes, 2)}, and does "
        f"on {listed(nodes_of(parting.working), 2)}.",
        Step(
            "List what runs on the node for its network.",
            kubectl.get("pods", everywhere=True, fields=f"spec.nodeName={nodes[0]}", output="wide"),
        ),
        subjects=tuple(f"node/{each}" for each in nodes),
        pods=_on(ctx, nodes),
        evidence=_direct(ctx, suspect, (backend,)),
        alternatives=(_NODES, _POLICY),
    )


def _backend(ctx: Context, suspect: Suspect, parting: Parting) -> Finding:
    path, backend = suspect.path, parting.backends[0]
    namespace, _, name = path.service.partition("/")
    others = "; its other endpoints do" if parting.is_proven else ""
    more = f" and {len(parting.backends) - 1} more" if len(parting.backends) > 1 else ""
    there = f" on node {backend.node}" if backend.node else ""
    inspect = (
        Step("Read its state and its events.", kubectl.describe("pod", backend.pod, namespace=namespace))
        if backend.pod
        else Step("Correct the address.", kubectl.edit("endpointslice", backend.slice_name, namespace=namespace))
    )
    failing = {each.pod for each in parting.backends if each.pod}
    compared = (backend, *(each for each in path.backends if each not in parting.backends))
    subject = f"pod/{namespace}/{backend.pod}" if backend.pod else f"endpointslice/{namespace}/{backend.slice_name}"
    other = foreign_backends(ctx, suspect.end.route, failing) if failing else None
    if other and parting.is_proven:
        return OTHERS.finding(
            f"Service {path.service} selects pod {backend.pod}{more}, too, which is another workload's and does not "
            f"answer on port {backend.port}.",
            other.step,
            inspect,
            subjects=(f"service/{path.service}", subject),
            evidence=(other.evidence, *_direct(ctx, suspect, compared[:3])),
        )
    return BACKEND.finding(
        f"{_named(backend)}{there}{more}, an endpoint of Service {path.service}, does not answer{others}.",
        inspect,
        Step("List the endpoints.", kubectl.endpoints(name, namespace=namespace)),
        subjects=(subject, f"service/{path.service}"),
        evidence=_direct(ctx, suspect, compared[:3]),
        alternatives=() if parting.is_proven else (_SERVER_DOWN,),
    )


def _named(backend: Backend) -> str:
    where = f"{backend.address}:{backend.port}"
    return f"Pod {backend.pod} ({where})" if backend.pod else where


def _connections(ctx: Context, trials: Iterable[Trial], service: str) -> tuple[Evidence, ...]:
    """Records how connections of some pods to a name and to the Service's address ended."""
    found = []
    for each in trials:
        parts = [f"by name {each.by_name.value}"] if each.by_name else []
        failed = [state for state in each.service if state in FAILED]
        if each.service:
            state = failed[0].value if failed else ConnectionState.CONNECTED.value
            times = f" ({len(failed)} of {len(each.service)} times)" if failed else ""
            parts.append(f"by the address of the Service {state}{times}")
        where = f" (node {each.node})" if each.node else ""
        found.append(_observed(ctx, each, f"{service or 'the host'}{where}: {', '.join(parts)}"))
    return tuple(found)


def _direct(ctx: Context, suspect: Suspect, backends: Iterable[Backend]) -> tuple[Evidence, ...]:
    """Records how direct connections to endpoints ended, by endpoint."""
    found = []
    for backend in backends:
        tried = [each for each in suspect.path.trials if backend.address in each.direct]
        results = [f"{each.direct[backend.address].value} from {each.pod} (node {each.node})" for each in tried]
        if tried:
            where = kubectl.connect_from(
                tried[0].pod,
                backend.address,
                backend.port,
                namespace=ctx.target.namespace,
                container=tried[0].container,
            )
            text = ", ".join(results)
            found.append(ctx.record_evidence(_named(backend), text, Vantage.POD, where))
    return tuple(found)


def _observed(ctx: Context, trial: Trial, text: str) -> Evidence:
    where = f", {trial.container}" if trial.container else ""
    return ctx.record_evidence(f"pod {trial.pod}{where}", text, Vantage.POD)
