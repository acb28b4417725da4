"""Names, addresses and folders of the lab, in one place."""

import os
from dataclasses import dataclass
from pathlib import Path

KUBERNETES_VERSION = "v1.34.4"

SOURCES = Path(__file__).resolve().parent
PROJECT = SOURCES.parents[2]
GO_SOURCES = SOURCES / "go"
KWOK_SOURCES = SOURCES / "go-kwok"
MANIFESTS = SOURCES / "manifests"

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
HOME = Path(os.environ.get("DIAGNOSE_LAB_HOME") or _CACHE / "diagnose-lab")
BIN = HOME / "bin"  # built once, not deleted by `down`
RUN = HOME / "run"  # sockets and process records
LOGS = HOME / "logs"
PKI = HOME / "pki"
ETCD = HOME / "etcd"
NODES = HOME / "nodes"
VOLUMES = HOME / "services" / "data"  # folders behind persistent volumes, forgotten with the cluster
KUBECONFIG = HOME / "kubeconfig"

CLUSTER_DOMAIN = "cluster.local"
POD_CIDR = "10.91.0.0/16"
FAKE_POD_CIDR = "10.92.0.1/16"
SERVICE_CIDR = "10.96.0.0/16"
KUBERNETES_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"

HOST_ADDRESS = "10.90.0.254"  # this machine, as the cluster sees it
HOST_INTERFACE = "diagnose-lab"
API_ADDRESS = "10.90.0.1"
API_PORT = 6443
API_URL = f"https://{API_ADDRESS}:{API_PORT}"
REGISTRY_PORT = 5000
REGISTRY_URL = f"http://{API_ADDRESS}:{REGISTRY_PORT}"
REGISTRY_TLS_PORT = 443
REGISTRY_DOMAIN = "registry.test"
UNREACHABLE_ADDRESS = "10.90.0.250"  # which no machine has

CGROUP = "diagnose-lab"


@dataclass(frozen=True)
class Node:
    """One node: a network namespace with a containerd and a kubelet of its own."""

    number: int

    @property
    def name(self) -> str:
        return f"lab-{self.number}"

    @property
    def namespace(self) -> str:
        return f"diagnose-{self.name}"

    @property
    def address(self) -> str:
        return f"10.90.0.{self.number}"

    @property
    def pod_subnet(self) -> str:
        return f"10.91.{self.number}.0/24"

    @property
    def folder(self) -> Path:
        return NODES / self.name

    @property
    def containerd_socket(self) -> Path:
        return RUN / f"{self.name}.containerd.sock"


CONTROL_PLANE_NODE = Node(1)


def existing_nodes() -> list[Node]:
    """The nodes whose folders `up` has made, in order."""
    return [Node(n) for n in sorted(int(folder.name.removeprefix("lab-")) for folder in NODES.glob("lab-*"))]
