"""What runs on a node: containerd, the kubelet and kube-proxy, as processes in the node's namespace."""

import contextlib
import json
import shutil
from pathlib import Path

from tests.lab.kubernetes import cgroups, images, pki, processes, registry
from tests.lab.kubernetes.settings import BIN, CLUSTER_DOMAIN, DNS_ADDRESS, POD_CIDR, RUN, Node
from tests.lab.kubernetes.shell import JsonObject, LabError, run, wait_until

CNI_PLUGINS = "/usr/lib/cni"
CNI_RESULTS = Path("/var/lib/cni/results")
LOG_LINKS = Path("/var/log/containers")
KUBELET_SOCKET = Path("/var/lib/kubelet/device-plugins/kubelet.sock")
# Folders with fixed names, made by the kubelet, the CNI plugins and containerd; inner ones first.
LEFT_EMPTY = (
    CNI_RESULTS,
    CNI_RESULTS.parent,
    LOG_LINKS,
    KUBELET_SOCKET.parent,
    KUBELET_SOCKET.parent.parent,
    Path("/run/containerd/runc/k8s.io"),
    Path("/run/containerd/runc"),
    Path("/run/containerd/s"),
    Path("/run/containerd"),
)
POD_NETWORK = "diagnose-lab"


def start_containerd(node: Node) -> None:
    _write_pod_network(node)
    for host, content in registry.hosts().items():
        _write(node, f"registries/{host}/hosts.toml", content)
    config = _write(node, "containerd.toml", _containerd_config(node))
    processes.start(f"containerd-{node.name}", node.namespace, ["containerd", "--config", config])
    wait_until(f"containerd of {node.name}", lambda: images.ctr(node, "version", check=False))


def start_kubelet(node: Node) -> None:
    cgroups.create(node.name)
    resolv_conf = _write(node, "resolv.conf", "# No name server outside the cluster.\n")
    config = _write(node, "kubelet.json", json.dumps(_kubelet_config(node, resolv_conf), indent=2))
    flags = [
        f"--config={config}",
        f"--kubeconfig={pki.kubeconfig(f'kubelet-{node.name}')}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--root-dir={node.folder / 'kubelet'}",
    ]
    processes.start(f"kubelet-{node.name}", node.namespace, [BIN / "kubernetes", "kubelet", *flags])


def start_kube_proxy(node: Node) -> None:
    config = _write(node, "kube-proxy.json", json.dumps(_kube_proxy_config(node), indent=2))
    processes.start(f"kube-proxy-{node.name}", node.namespace, [BIN / "kubernetes", "kube-proxy", f"--config={config}"])


def remove_containers(node: Node) -> None:
    """Deletes all containers, whose processes have ended, but not the images."""
    for container in images.ctr(node, "containers", "list", "-q").split():
        images.ctr(node, "tasks", "delete", "--force", container, check=False)
        images.ctr(node, "containers", "delete", container, check=False)


def discard_old_containers(node: Node) -> None:
    """Forget containers of a lab that ended without `down`; containerd must start anew to know it."""
    if images.ctr(node, "containers", "list", "-q"):
        remove_containers(node)
        processes.stop([f"containerd-{node.name}"])


def unmount_all(folder: Path) -> None:
    """Undo the mounts that pods have left below a folder, the innermost first."""
    for target in reversed(_mounts_below(folder)):
        run("umount", "--lazy", target, check=False)
    if _mounts_below(folder):
        raise LabError(f"still mounted: {_mounts_below(folder)}")  # never delete through a mount


def _mounts_below(folder: Path) -> list[str]:
    targets = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [target for target in targets if target.startswith(f"{folder}/")]


def forget_pods(node: Node) -> None:
    """Removes the state of the kubelet and the CNI plugins about pods."""
    for folder in ("kubelet", "pod-logs", "pod-addresses"):
        shutil.rmtree(node.folder / folder, ignore_errors=True)
    for result in CNI_RESULTS.glob(f"{POD_NETWORK}-*-eth0"):
        container = result.name.removeprefix(f"{POD_NETWORK}-").removesuffix("-eth0")
        (CNI_RESULTS / f"cni-loopback-{container}-lo").unlink(missing_ok=True)
        result.unlink()
    for link in LOG_LINKS.glob("*"):
        if link.is_symlink() and link.readlink().is_relative_to(node.folder):
            link.unlink()


def remove_empty_folders() -> None:
    """Remove the folders outside the lab's own that nothing is in any more."""
    if str(KUBELET_SOCKET) not in Path("/proc/net/unix").read_text():
        KUBELET_SOCKET.unlink(missing_ok=True)
    for folder in LEFT_EMPTY:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _write(node: Node, name: str, content: str) -> Path:
    """Write a file of a node, unless it is so already: kube-proxy ends when its configuration is written anew."""
    path = node.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != content:
        path.write_text(content)
    return path


def _write_pod_network(node: Node) -> None:
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": node.pod_subnet}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": str(node.folder / "pod-addresses"),
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    network = {"cniVersion": "1.0.0", "name": POD_NETWORK, "plugins": [bridge, ports]}
    _write(node, "cni/10-lab.conflist", json.dumps(network, indent=2))


def _containerd_config(node: Node) -> str:
    return f"""\
version = 2
root = "{node.folder / "containerd"}"
state = "{RUN / f"containerd-{node.name}"}"

[grpc]
  address = "{node.containerd_socket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{images.PAUSE}"
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  # Root may not lower its oom_score_adj on every machine, and the sandbox of a pod wants -998.
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PLUGINS}"
    conf_dir = "{node.folder / "cni"}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{node.folder / "registries"}"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""


def _kubelet_config(node: Node, resolv_conf: Path) -> JsonObject:
    user = f"kubelet-{node.name}"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{node.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroups.node_group(node),
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": CLUSTER_DOMAIN,
        "resolvConf": str(resolv_conf),
        "podLogsDir": str(node.folder / "pod-logs"),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki.certificate(pki.CLUSTER_CA))},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(pki.certificate(user)),
        "tlsPrivateKeyFile": str(pki.key(user)),
        # Images cannot be pulled again, so never collect them; and this machine's disk is not the lab's alone.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        # Half of usual, so that a dead node shows sooner.
        "nodeStatusUpdateFrequency": "5s",
        "nodeLeaseDurationSeconds": 20,
    }


def _kube_proxy_config(node: Node) -> JsonObject:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(pki.kubeconfig("kube-proxy"))},
        "hostnameOverride": node.name,
        "mode": "iptables",
        "clusterCIDR": POD_CIDR,
        "metricsBindAddress": "127.0.0.1:10249",
        # Limits of the whole machine, which a namespace may not set.
        "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
