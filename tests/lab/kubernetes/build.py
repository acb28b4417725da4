"""What the lab is made of: Debian packages, and programs built from Go modules into the cache."""

import hashlib
from pathlib import Path

from tests.lab.kubernetes.settings import BIN, GO_SOURCES, HOME, KUBERNETES_VERSION, KWOK_SOURCES
from tests.lab.kubernetes.shell import go_build, run, say

DEBIAN_PACKAGES = [
    "busybox-static",  # becomes the lab/busybox image
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "ethtool",
    "iproute2",
    "iptables",
    "nftables",
    "openssl",
    "procps",
    "runc",
]

PROGRAMS = ["kubernetes", "kubectl", "coredns", "metrics-server", "pause", "webhook"]


def install_packages() -> None:
    listed = run(
        "dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", *DEBIAN_PACKAGES, check=False
    )
    missing = [package for package in DEBIAN_PACKAGES if f"{package} installed" not in listed.splitlines()]
    if missing:
        say(f"Installing Debian packages: {' '.join(missing)}")
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-qy", "--no-install-recommends", *missing)


def build_programs() -> None:
    _build(GO_SOURCES, [f"./{name}" for name in PROGRAMS])


def build_kwok() -> None:
    _build(KWOK_SOURCES, ["tool"])


def stamp(sources: Path) -> Path:
    """The file that tells which state of these sources the programs in the cache were built from."""
    return BIN / f"{sources.name}.sha256"


def is_built(sources: Path) -> bool:
    """Whether the cache has the programs as built from these very sources."""
    return stamp(sources).exists() and stamp(sources).read_text() == _digest(sources)


def _build(sources: Path, packages: list[str]) -> None:
    """Build programs, unless the cache has them."""
    if is_built(sources):
        return
    BIN.mkdir(parents=True, exist_ok=True)
    go_build(sources, f"{BIN}/", packages, _linker_flags(), HOME / f"build-{sources.name}.log")
    stamp(sources).write_text(_digest(sources))


def _digest(sources: Path) -> str:
    digest = hashlib.sha256(_linker_flags().encode())
    for path in sorted(sources.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _linker_flags() -> str:
    """Strip the symbols, and let every part report the version it is."""
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    values = {"gitVersion": KUBERNETES_VERSION, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    flags = ["-s", "-w"]
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        flags += [f"-X {package}.{name}={value}" for name, value in values.items()]
    return " ".join(flags)
