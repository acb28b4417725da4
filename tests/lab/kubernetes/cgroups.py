"""The lab's control groups: one subtree holds every process of the lab, pods included."""

import errno
import functools
import os
from pathlib import Path

from tests.lab.kubernetes.settings import CGROUP, Node
from tests.lab.kubernetes.shell import wait_until

ROOT = Path("/sys/fs/cgroup")
NEEDED = ("cpu", "cpuset", "memory", "pids")
# Beside other work a group counts as much as one process by default, and a cluster without CPU has faults of its own.
_MORE_CPU = {"cpu.shares": "20480", "cpu.weight": "1000"}


def is_v2() -> bool:
    """Whether all controllers share one hierarchy."""
    return (ROOT / "cgroup.controllers").exists()


def missing_controllers() -> list[str]:
    """What the kubelet needs and this machine does not offer to control groups."""
    offered = (ROOT / "cgroup.controllers").read_text().split() if is_v2() else [path.name for path in ROOT.glob("*")]
    return [name for name in NEEDED if name not in offered]


def create(group: str) -> None:
    """Make a group below the lab's in every hierarchy; the kubelet wants its root group to exist."""
    for hierarchy in _hierarchies():
        for folder in (hierarchy / CGROUP, hierarchy / CGROUP / group):
            if is_v2():
                (folder.parent / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in NEEDED))
            folder.mkdir(exist_ok=True)
            if hierarchy.name == "cpuset":
                _inherit_cpuset(folder)
        for name, value in _MORE_CPU.items():
            if (share := hierarchy / CGROUP / name).exists():
                share.write_text(value)


def node_group(node: Node) -> str:
    """The root of a node's pods, as the kubelet's cgroupRoot names it."""
    return f"/{CGROUP}/{node.name}"


def enter_system_group() -> None:
    """Put this process, and so its children, among the lab's; `down` ends what it finds there."""
    (_processes() / "system" / "cgroup.procs").write_text(str(os.getpid()))


def members(group: str = "") -> list[int]:
    """Pids of the processes below a group of the lab, or of all of the lab's."""
    return [pid for folder, _, _ in os.walk(_processes() / group) for pid in _members_of(Path(folder))]


def remove() -> None:
    """Remove the lab's groups, of which no process runs any more."""
    for subtree in (ROOT / CGROUP, *ROOT.glob(f"*/{CGROUP}")):  # runc makes one in the unified hierarchy too
        for folder, _, _ in os.walk(subtree, topdown=False):
            wait_until(f"control group {folder} empty", functools.partial(_is_removed, Path(folder)), 10)


def _processes() -> Path:
    return (ROOT if is_v2() else ROOT / "pids") / CGROUP


def _members_of(group: Path) -> list[int]:
    """Pids of the processes in one group; none where it was removed, as its container ended, after it was listed."""
    try:
        return [int(pid) for pid in (group / "cgroup.procs").read_text().split()]
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENODEV):  # the file is gone, or its group is while the file is open
            return []
        raise


def _hierarchies() -> list[Path]:
    if is_v2():
        return [ROOT]
    return [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink() and path.name != "unified"]


def _inherit_cpuset(folder: Path) -> None:
    """A new cpuset group is empty, and an empty one takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        (folder / name).write_text((folder.parent / name).read_text())


def _is_removed(folder: Path) -> bool:
    """Remove a group, which the kernel may refuse for a moment after its last process."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
