"""The lab's network: namespaces without a way out.

    this machine --veth-- [ bridge lab0 in node 1's namespace ] --veth-- node 2's namespace

No namespace has a default route, so no packet of the cluster can leave the machine.
"""

from tests.lab.kubernetes import nameserver
from tests.lab.kubernetes.settings import (
    API_ADDRESS,
    CONTROL_PLANE_NODE,
    HOST_ADDRESS,
    HOST_INTERFACE,
    SERVICE_CIDR,
    Node,
)
from tests.lab.kubernetes.shell import in_namespace, run

BRIDGE = "lab0"


def create(nodes: list[Node]) -> None:
    for node in nodes:
        if node.namespace not in run("ip", "netns", "list").split():
            _create_namespace(node)
            if node == CONTROL_PLANE_NODE:
                _create_switch()
            else:
                _connect_to_switch(node)
        _add_name_server_addresses(node)
    _route_pods(nodes)
    _route_services(nodes)


def remove(nodes: list[Node]) -> None:
    """Deleting a namespace deletes its interfaces and the peers of its veths."""
    for node in nodes:
        run("ip", "netns", "delete", node.namespace, check=False)
    run("ip", "link", "delete", HOST_INTERFACE, check=False)


def _inside(node: Node, *command: str) -> None:
    run(*in_namespace(node.namespace, command))


def _create_namespace(node: Node) -> None:
    run("ip", "netns", "add", node.namespace)
    _inside(node, "ip", "link", "set", "lo", "up")
    # Packets between pods of one node cross a bridge; this makes them pass the Service rules too.
    _inside(node, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1")


def _add_name_server_addresses(node: Node) -> None:
    """What this machine's programs ask for names is answered inside the lab."""
    for address in nameserver.queried_addresses():
        if not address.startswith("127."):
            _inside(node, "ip", "address", "replace", f"{address}/32", "dev", "lo")


def _create_switch() -> None:
    node = CONTROL_PLANE_NODE
    _inside(node, "ip", "link", "add", BRIDGE, "type", "bridge")
    _inside(node, "ip", "address", "add", f"{API_ADDRESS}/24", "dev", BRIDGE)
    _inside(node, "ip", "link", "set", BRIDGE, "up")
    run("ip", "link", "add", HOST_INTERFACE, "type", "veth", "peer", "name", "host", "netns", node.namespace)
    run("ip", "address", "add", f"{HOST_ADDRESS}/24", "dev", HOST_INTERFACE)
    run("ip", "link", "set", HOST_INTERFACE, "up")
    _inside(node, "ip", "link", "set", "host", "master", BRIDGE, "up")


def _connect_to_switch(node: Node) -> None:
    switch = CONTROL_PLANE_NODE
    peer = ("type", "veth", "peer", "name", "eth0", "netns", node.namespace)
    _inside(switch, "ip", "link", "add", node.name, *peer)
    _inside(switch, "ip", "link", "set", node.name, "master", BRIDGE, "up")
    _inside(node, "ip", "address", "add", f"{node.address}/24", "dev", "eth0")
    _inside(node, "ip", "link", "set", "eth0", "up")


def _route_pods(nodes: list[Node]) -> None:
    """Each node reaches the pods of the others through the others."""
    for node in nodes:
        for other in nodes:
            if other != node:
                _inside(node, "ip", "route", "replace", other.pod_subnet, "via", other.address)


def _route_services(nodes: list[Node]) -> None:
    """A Service's address needs a route before kube-proxy's rules replace it; usually the default route serves."""
    for node in nodes:
        device = BRIDGE if node == CONTROL_PLANE_NODE else "eth0"
        _inside(node, "ip", "route", "replace", SERVICE_CIDR, "dev", device)
