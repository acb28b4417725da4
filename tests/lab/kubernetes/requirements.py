"""What a machine must have for the lab, and what of it is missing here."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab.kubernetes import build, cgroups
from tests.lab.kubernetes.settings import GO_SOURCES, HOME, HOST_INTERFACE, RUN
from tests.lab.kubernetes.shell import LabError, go, run

DEBIAN_RELEASE = "12"  # whose containerd, PostgreSQL and PgBouncer the lab takes
GO_VERSION = (1, 24)
NODE_VERSION = "v20."
MEMORY_GB = 4
DISK_GB = 4
DISK_FOR_BUILDING_GB = 15

# What the cluster's network is made of, tried in a namespace that ends with the command.
TRIALS = (
    "ip link add lab-try type bridge",
    "ip link add lab-try type veth peer name lab-peer",
    "nft add table ip lab-try",
    "iptables --table nat --list --numeric",
)


def missing() -> list[str]:
    """Returns a sentence for each reason why the lab cannot start here."""
    if platform.system() != "Linux":
        return [f"the lab needs Linux, this is {platform.system()}"]
    reasons = [*_machine(), *_programs()]
    # The rest cannot be checked without root.
    return reasons or [*_kernel(), *_free_space(), *other_lab()]


def demand() -> None:
    """Refuse with all the reasons at once.

    Raises:
        LabError: the lab cannot start here.
    """
    reasons = missing()
    if reasons:
        raise LabError("the lab cannot start here:\n" + "\n".join(f"  - {reason}" for reason in reasons))


def other_lab() -> list[str]:
    """Namespaces, addresses and the control group have fixed names, so there is one lab per machine."""
    if Path(f"/sys/class/net/{HOST_INTERFACE}").exists() and not RUN.is_dir():
        return [f"another lab runs here, not of {HOME}"]
    return []


def is_built() -> bool:
    """Whether the programs are there, so that a start takes seconds."""
    return build.is_built(GO_SOURCES)


def _machine() -> list[str]:
    reasons = []
    if platform.machine() != "x86_64":
        reasons.append(f"the lab's images are for x86_64, this is {platform.machine()}")
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    if (release.get("ID"), release.get("VERSION_ID")) != ("debian", DEBIAN_RELEASE):
        reasons.append(f"the lab needs Debian {DEBIAN_RELEASE}, this is {release.get('PRETTY_NAME', 'unknown')}")
    if os.geteuid() != 0:
        reasons.append("the lab needs root, for network namespaces, mounts and control groups")
    return reasons


def _programs() -> list[str]:
    reasons = []
    found = re.match(r"go version go(\d+)\.(\d+)", _output(go(), "version"))
    if not found:
        reasons.append("there is no Go (neither `go` in PATH nor /usr/local/go)")
    elif (int(found[1]), int(found[2])) < GO_VERSION:
        reasons.append(f"Go is {found[1]}.{found[2]}, the lab needs {GO_VERSION[0]}.{GO_VERSION[1]} or newer")
    if not _output(sys.executable, "-m", "pip", "--version"):
        reasons.append(f"{sys.executable} has no pip, which brings Vault's and Temporal's programs")
    if not _output("node", "--version").startswith(NODE_VERSION) or not shutil.which("npm"):
        reasons.append(f"there is no node {NODE_VERSION.strip('v.')} with npm, which the worker's image is made of")
    return reasons


def _kernel() -> list[str]:
    reasons = []
    try:
        run("unshare", "--mount", "--net", "--pid", "--fork", "true")
    except LabError as error:
        return [f"this root may not make namespaces: {str(error).rpartition('ended with ')[2]}"]
    if "\toverlay\n" not in Path("/proc/filesystems").read_text() and _fails("modprobe", "overlay"):
        reasons.append("the kernel has no overlay file system")
    bridged = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    if not bridged.exists() and _fails("modprobe", "br_netfilter"):
        reasons.append("the kernel has no br_netfilter, without which pods of one node miss the Service rules")
    lacking = cgroups.missing_controllers()
    if lacking:
        reasons.append(f"control groups lack {', '.join(lacking)}")
    elif not os.access(cgroups.ROOT if cgroups.is_v2() else cgroups.ROOT / "pids", os.W_OK):
        reasons.append(f"{cgroups.ROOT} is mounted read-only")
    # Programs that are not here yet are installed by `up`.
    trials = [trial.split() for trial in TRIALS if shutil.which(trial.split()[0])]
    reasons += [f"the kernel refuses `{' '.join(trial)}`" for trial in trials if _fails("unshare", "--net", *trial)]
    return reasons


def _free_space() -> list[str]:
    reasons = []
    meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    memory = int(meminfo["MemTotal"].split()[0]) / 1e6
    if memory < MEMORY_GB:
        reasons.append(f"the machine has {memory:.1f} GB of memory, the lab needs {MEMORY_GB}")
    existing = next(folder for folder in (HOME, *HOME.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free / 1e9
    selected = DISK_GB if is_built() else DISK_FOR_BUILDING_GB
    if free < selected:
        reasons.append(f"{existing} has {free:.0f} GB free, the lab needs {selected}")
    return reasons


def _fails(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode != 0
    except OSError:
        return True


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
