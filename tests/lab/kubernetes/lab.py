"""Starting, stopping and showing the lab as a whole."""

import contextlib
import functools
import json
import shutil
import sys
import time
from pathlib import Path

from tests.lab.kubernetes import build, cgroups, controlplane, images, kwok, network, node, pki, processes, requirements
from tests.lab.kubernetes.settings import (
    BIN,
    CLUSTER_DOMAIN,
    CONTROL_PLANE_NODE,
    ETCD,
    HOME,
    KUBECONFIG,
    KUBERNETES_VERSION,
    LOGS,
    MANIFESTS,
    NODES,
    PKI,
    PROJECT,
    RUN,
    VOLUMES,
    Node,
    existing_nodes,
)
from tests.lab.kubernetes.shell import JsonObject, LabError, say, wait_until


def up(node_count: int, *, metrics: bool | None = None, fake_nodes: int | None = None) -> None:
    """Bring up what does not run yet; a lab of which nothing runs starts with an empty cluster.

    metrics adds or removes metrics-server; fake_nodes starts kwok and adds fake nodes, or with 0 removes them.
    None leaves either as it is.
    """
    started = time.monotonic()
    requirements.demand()
    build.install_packages()
    build.build_programs()
    if is_down():
        _clear_cluster()
        shutil.rmtree(LOGS, ignore_errors=True)
    nodes = [Node(number) for number in range(1, max(node_count, len(nodes_in_use())) + 1)]
    _start(nodes)
    _apply("coredns.yaml")
    if metrics is not None:
        _switch_metrics(metrics)
    if fake_nodes == 0:
        kwok.remove()
    elif fake_nodes or "kwok" in processes.recorded():
        kwok.start(fake_nodes or 0)
    for each in nodes:
        wait_until(f"node {each.name} Ready", functools.partial(_is_ready, each))
    _wait_for_dns()
    seconds = time.monotonic() - started
    say(f"The cluster runs after {seconds:.0f} s: Kubernetes {KUBERNETES_VERSION}, {len(nodes)} node(s)")


def _start(nodes: list[Node]) -> None:
    """Start the processes that do not run, in the order of their needs."""
    network.create(nodes)
    cgroups.create("system")
    pki.create(nodes)
    for each in nodes:
        _start_helper("nameserver", each, f"nameserver-{each.name}")
        if each not in nodes_in_use():
            node.start_containerd(each)
            node.discard_old_containers(each)
        node.start_containerd(each)
        images.load_base_images(each)
        images.copy_missing(nodes[0], each)
    controlplane.start()
    for each in nodes:
        start_node(each)
    _start_helper("registry", CONTROL_PLANE_NODE)
    _start_helper("networkpolicy", CONTROL_PLANE_NODE)


def start_node(each: Node) -> None:
    """Start what of a node does not run."""
    node.start_containerd(each)
    node.start_kubelet(each)
    node.start_kube_proxy(each)


def down() -> None:
    """Stop everything and forget the cluster; the built programs and the images stay."""
    _clear_cluster()
    say("The lab is down")


def clean() -> None:
    """Stop everything, and delete also what was built and downloaded."""
    down()
    for folder in (BIN, LOGS, NODES, PKI, VOLUMES.parent):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (KUBECONFIG, controlplane.AUDIT_POLICY, *HOME.glob("build-*.log")):
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # a folder with foreign files in it
        HOME.rmdir()
    say(f"What the lab kept in {HOME} is deleted")


def is_down() -> bool:
    """Whether not one process of the lab runs."""
    return not any(map(processes.pid_of, processes.recorded()))


def exports() -> str:
    """The lines that lead a shell to the cluster."""
    return f"export KUBECONFIG={KUBECONFIG}\nexport PATH={BIN}:$PATH"


def stop(names: list[str]) -> None:
    """Stop single processes of the lab, a fault that `up` repairs."""
    unknown = sorted(set(names) - set(processes.recorded()))
    if unknown:
        raise LabError(f"not processes of the lab: {unknown}; these are: {processes.recorded()}")
    processes.stop(names)


def status() -> bool:
    """Show what runs; true if everything that was started does."""
    names = processes.recorded()
    for name in names:
        pid = processes.pid_of(name)
        print(f"{name:28}", f"running, pid {pid}" if pid else f"NOT RUNNING, log {LOGS / name}.log")
    if processes.pid_of("kube-apiserver"):
        print()
        print(controlplane.kubectl("get", "nodes", "-l", "type!=kwok", "-o", "wide", check=False))
        print(controlplane.kubectl("get", "pods", "-n", "kube-system", "-o", "wide", check=False))
    return all(map(processes.pid_of, names))


def load_image(name: str, root_filesystem: Path, config: images.ImageConfig) -> None:
    nodes = nodes_in_use()
    if not nodes:
        raise LabError("the lab is down, so there is no containerd to load into")
    images.load(nodes, name, root_filesystem, config)


def nodes_in_use() -> list[Node]:
    """The nodes that the running lab has, also when a fault test has stopped a part of one."""
    return [each for each in existing_nodes() if _containerd_name(each) in processes.recorded()]


def _containerd_name(each: Node) -> str:
    return f"containerd-{each.name}"


def _apply(manifest: str) -> None:
    controlplane.kubectl("apply", "-f", str(MANIFESTS / manifest))


def _start_helper(module: str, each: Node, name: str = "") -> None:
    """Start a module of this package as a process of the lab."""
    command = ["env", f"PYTHONPATH={PROJECT}", sys.executable, "-m", f"{__package__}.{module}"]
    processes.start(name or module, each.namespace, command)


def _switch_metrics(selected: bool) -> None:
    if selected:
        _apply("metrics-server.yaml")
    else:
        controlplane.kubectl("delete", "--ignore-not-found", "-f", str(MANIFESTS / "metrics-server.yaml"))


def wait_for_metrics() -> None:
    """Wait for the first numbers, if there is a metrics-server: that takes it half a minute."""
    nodes_metrics = "/apis/metrics.k8s.io/v1beta1/nodes"
    if "v1beta1.metrics.k8s.io" in controlplane.kubectl("get", "apiservices", "-o", "name"):
        wait_until("metrics", lambda: '"usage"' in controlplane.kubectl("get", "--raw", nodes_metrics, check=False))


def _is_ready(each: Node) -> bool:
    conditions = "{.status.conditions[?(@.type=='Ready')].status}"
    return controlplane.kubectl("get", "node", each.name, "-o", f"jsonpath={conditions}", check=False) == "True"


def _wait_for_dns() -> None:
    """Run a pod that resolves the API server's name."""
    name = "lab-dns-check"
    # The default service account is made shortly after its namespace.
    wait_until("service account", lambda: controlplane.kubectl("get", "sa", "default", check=False))
    lookup = f"until nslookup kubernetes.default.svc.{CLUSTER_DOMAIN}; do sleep 0.3; done"
    pod: JsonObject = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "check", "image": images.BUSYBOX, "command": ["sh", "-c", lookup]}],
        },
    }
    controlplane.kubectl("delete", "pod", name, "--ignore-not-found")
    controlplane.kubectl("apply", "-f", "-", stdin=json.dumps(pod))
    controlplane.kubectl("wait", "pod", name, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=120s")
    controlplane.kubectl("delete", "pod", name)


def _clear_cluster() -> None:
    """End every process of the lab and remove what they leave, but for programs, images, keys and logs."""
    if requirements.other_lab():
        raise LabError(", ".join(requirements.other_lab()))
    nodes = existing_nodes()
    containerds = {_containerd_name(each): each for each in nodes}
    processes.stop((name for name in processes.recorded() if name not in containerds), patience=1)
    # Containers end before containerd does, so that containerd can clean up after them.
    for each in nodes:
        processes.kill_all_in_lab(each.name)
    for name, each in containerds.items():
        if processes.pid_of(name):
            node.remove_containers(each)
    processes.stop(containerds)
    processes.kill_all_in_lab()
    node.unmount_all(HOME)
    network.remove(nodes)
    cgroups.remove()
    for each in nodes:
        node.forget_pods(each)
    node.remove_empty_folders()
    for folder in (ETCD, RUN, VOLUMES):
        shutil.rmtree(folder, ignore_errors=True)
