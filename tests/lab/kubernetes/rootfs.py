"""Root filesystems of images: the folders and files that all have, and those of a static busybox."""

import shutil
from pathlib import Path

from tests.lab.kubernetes.shell import run

FOLDERS = ("dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var")


def of_program(root: Path, program: Path) -> None:
    """One static program and nothing else."""
    root.mkdir(exist_ok=True)
    shutil.copy2(program, root / program.name)


def of_busybox(root: Path) -> None:
    """A shell and the usual small programs."""
    skeleton(root)
    (root / "bin").mkdir(exist_ok=True)
    shutil.copy2("/bin/busybox", root / "bin/busybox")
    for applet in run("/bin/busybox", "--list").split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")


def skeleton(root: Path) -> None:
    """The folders that programs expect, root and nobody."""
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    (root / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
