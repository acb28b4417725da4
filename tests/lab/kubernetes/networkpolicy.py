"""Enforces NetworkPolicies with nftables: what a policy does not allow is dropped, so a client times out.

Runs as a process of the lab: python -m tests.lab.kubernetes.networkpolicy. It asks the API server every second and
writes one table into the namespace of each node. Traffic from a node to its own pods passes, as in every cluster.
"""

import json
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.lab.kubernetes import pki
from tests.lab.kubernetes.settings import API_URL, existing_nodes
from tests.lab.kubernetes.shell import JsonObject, in_namespace

PERIOD_SECONDS = 1
TABLE = "lab-network-policy"
INGRESS, EGRESS = "Ingress", "Egress"


def main() -> None:
    context = ssl.create_default_context(cafile=str(pki.certificate(pki.CLUSTER_CA)))
    context.load_cert_chain(pki.certificate("network-policy"), pki.key("network-policy"))

    def items(path: str) -> list[JsonObject]:
        with urllib.request.urlopen(API_URL + path, context=context, timeout=5) as answer:
            found: list[JsonObject] = json.load(answer)["items"]
            return found

    written: dict[str, str] = {}
    while True:
        try:
            policies = items("/apis/networking.k8s.io/v1/networkpolicies")
            pods = items("/api/v1/pods") if policies else []
            namespaces = items("/api/v1/namespaces") if policies else []
            _write(compile_rules(policies, pods, namespaces), written)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"tries again: {error}", file=sys.stderr, flush=True)
        time.sleep(PERIOD_SECONDS)


def _write(rules: str, written: dict[str, str]) -> None:
    """Replace the table in every node's namespace where it differs."""
    for node in existing_nodes():
        runs = Path(f"/run/netns/{node.namespace}").exists()  # not so, if an earlier lab had more nodes
        if runs and written.get(node.name) != rules:
            subprocess.run(in_namespace(node.namespace, ["nft", "-f", "-"]), input=rules, text=True, check=True)
            written[node.name] = rules


def compile_rules(policies: list[JsonObject], pods: list[JsonObject], namespaces: list[JsonObject]) -> str:
    """The nftables table that enforces the policies."""
    labels_of_namespace = {each["metadata"]["name"]: each["metadata"].get("labels", {}) for each in namespaces}
    pods = [each for each in pods if _has_own_address(each)]
    chains: list[str] = []
    jumps: dict[str, list[str]] = {INGRESS: [], EGRESS: []}
    for pod in pods:
        for direction, own, other in ((INGRESS, "daddr", "saddr"), (EGRESS, "saddr", "daddr")):
            applying = [each for each in policies if _applies(each, pod, direction)]
            if not applying:
                continue
            name = f"{direction.lower()}-{pod['metadata']['uid']}"
            body = [
                f"    {rule} return"
                for policy in applying
                for allowed in policy["spec"].get(direction.lower()) or []
                for rule in _allowing_rules(allowed, direction, other, policy, pod, pods, labels_of_namespace)
            ]
            chains.append("\n".join([f"  chain {name} {{", *body, "    drop", "  }"]))
            jumps[direction].append(f"    ip {own} {pod['status']['podIP']} jump {name}")
    established = "    ct state established,related accept"
    forward = ["  chain forward {", "    type filter hook forward priority -5;", established]
    to_node = ["  chain to-node {", "    type filter hook input priority -5;", established]
    forward += [*jumps[EGRESS], *jumps[INGRESS], "  }"]
    to_node += [*jumps[EGRESS], "  }"]
    content = [f"table ip {TABLE} {{", *chains, *forward, *to_node, "}"]
    return "\n".join([f"table ip {TABLE}", f"delete table ip {TABLE}", *content, ""])


def _has_own_address(pod: JsonObject) -> bool:
    ended = pod["status"].get("phase") in ("Succeeded", "Failed")
    return bool(pod["status"].get("podIP")) and not pod["spec"].get("hostNetwork") and not ended


def _applies(policy: JsonObject, pod: JsonObject, direction: str) -> bool:
    spec = policy["spec"]
    same_namespace = policy["metadata"]["namespace"] == pod["metadata"]["namespace"]
    return same_namespace and direction in spec["policyTypes"] and _selects(spec.get("podSelector"), _labels(pod))


def _labels(pod: JsonObject) -> JsonObject:
    labels: JsonObject = pod["metadata"].get("labels", {})
    return labels


def _selects(selector: JsonObject | None, labels: JsonObject) -> bool:
    """Whether a label selector selects; an empty one selects everything."""
    selector = selector or {}
    tests = {
        "In": lambda key, values: labels.get(key) in values,
        "NotIn": lambda key, values: labels.get(key) not in values,
        "Exists": lambda key, values: key in labels,
        "DoesNotExist": lambda key, values: key not in labels,
    }
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    expressions = selector.get("matchExpressions", [])
    return exact and all(tests[each["operator"]](each["key"], each.get("values", [])) for each in expressions)


def _allowing_rules(
    allowed: JsonObject,
    direction: str,
    other: str,
    policy: JsonObject,
    pod: JsonObject,
    pods: list[JsonObject],
    labels_of_namespace: JsonObject,
) -> list[str]:
    """Matches of one ingress or egress rule: its peers times its ports."""
    peer_field = "from" if direction == INGRESS else "to"
    if not allowed.get(peer_field):
        peers, peer_pods = [""], pods
    else:
        blocks = [each["ipBlock"] for each in allowed[peer_field] if "ipBlock" in each]
        peer_pods = [
            each
            for each in pods
            if any(
                _is_peer(peer, each, policy, labels_of_namespace)
                for peer in allowed[peer_field]
                if "ipBlock" not in peer
            )
        ]
        peers = [_block_match(block, other) for block in blocks]
        if peer_pods:
            peers.append(f"ip {other} {{ {', '.join(each['status']['podIP'] for each in peer_pods)} }}")
    # A named port is one of the pod that is connected to.
    targets = [pod] if direction == INGRESS else peer_pods
    ports = [_port_match(port, targets) for port in allowed["ports"]] if allowed.get("ports") else [""]
    return [f"{peer} {port}".strip() for peer in peers for port in ports if port is not None]


def _is_peer(peer: JsonObject, pod: JsonObject, policy: JsonObject, labels_of_namespace: JsonObject) -> bool:
    namespace = pod["metadata"]["namespace"]
    if "namespaceSelector" in peer:
        right_namespace = _selects(peer["namespaceSelector"], labels_of_namespace.get(namespace, {}))
    else:
        right_namespace = namespace == policy["metadata"]["namespace"]
    return right_namespace and _selects(peer.get("podSelector"), _labels(pod))


def _block_match(block: JsonObject, other: str) -> str:
    match = f"ip {other} {block['cidr']}"
    if block.get("except"):
        match += f" ip {other} != {{ {', '.join(block['except'])} }}"
    return match


def _port_match(port: JsonObject, targets: list[JsonObject]) -> str | None:
    """The match of one port; None if it is a name that no target has."""
    protocol = port.get("protocol", "TCP").lower()
    selected = port.get("port")
    if selected is None:
        return f"meta l4proto {protocol}"
    if isinstance(selected, int):
        return f"{protocol} dport {selected}-{port['endPort']}" if "endPort" in port else f"{protocol} dport {selected}"
    numbers = {
        str(named["containerPort"])
        for target in targets
        for container in target["spec"]["containers"]
        for named in container.get("ports", [])
        if named.get("name") == selected and named.get("protocol", "TCP").lower() == protocol
    }
    return f"{protocol} dport {{ {', '.join(sorted(numbers))} }}" if numbers else None


if __name__ == "__main__":
    main()
