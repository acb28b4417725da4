"""The lab's control groups (cgroup v1): one subtree holds every process of the lab, pods included."""

import functools
import os
from pathlib import Path

from tests.lab.kubernetes.settings import CGROUP, Node
from tests.lab.kubernetes.shell import wait_until

ROOT = Path("/sys/fs/cgroup")


def _controllers() -> list[Path]:
    return [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink() and path.name != "unified"]


def create(group: str) -> None:
    """Make a group below the lab's in every controller; the kubelet wants its root group to exist."""
    for controller in _controllers():
        for folder in (controller / CGROUP, controller / CGROUP / group):
            folder.mkdir(exist_ok=True)
            if controller.name == "cpuset":
                _inherit_cpuset(folder)


def _inherit_cpuset(folder: Path) -> None:
    """A new cpuset group is empty, and an empty one takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        (folder / name).write_text((folder.parent / name).read_text())


def node_group(node: Node) -> str:
    """The root of a node's pods, as the kubelet's cgroupRoot names it."""
    return f"/{CGROUP}/{node.name}"


def enter_system_group() -> None:
    """Put this process, and so its children, among the lab's; `down` ends what it finds there."""
    (ROOT / "pids" / CGROUP / "system" / "cgroup.procs").write_text(str(os.getpid()))


def members(group: str = "") -> list[int]:
    """Pids of the processes below a group of the lab, or of all of the lab's."""
    return [
        int(pid)
        for folder, _, _ in os.walk(ROOT / "pids" / CGROUP / group)
        for pid in (Path(folder) / "cgroup.procs").read_text().split()
    ]


def remove() -> None:
    for subtree in ROOT.glob(f"*/{CGROUP}"):  # runc makes one in the unified hierarchy too
        for folder, _, _ in os.walk(subtree, topdown=False):
            wait_until(f"control group {folder} empty", functools.partial(_is_removed, Path(folder)), 10)


def _is_removed(folder: Path) -> bool:
    """Remove a group, which the kernel may refuse for a moment after its last process."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
