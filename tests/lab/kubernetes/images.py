"""Container images from root filesystems, without Docker: built as an OCI layout and imported into containerd."""

import hashlib
import io
import json
import shutil
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.kubernetes import build
from tests.lab.kubernetes.settings import BIN, GO_SOURCES, HOME, Node
from tests.lab.kubernetes.shell import LabError, run

PAUSE = "docker.io/lab/pause:1"
BUSYBOX = "docker.io/lab/busybox:1"
COREDNS = "docker.io/lab/coredns:1"
METRICS_SERVER = "docker.io/lab/metrics-server:1"


@dataclass
class ImageConfig:
    """How a container of the image starts."""

    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)
    user: str = ""
    working_directory: str = "/"

    def as_oci(self) -> dict:
        return {
            "Entrypoint": self.entrypoint,
            "Cmd": self.command,
            "Env": self.environment or ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "User": self.user,
            "WorkingDir": self.working_directory,
        }


def full_name(name: str) -> str:
    """The name as containerd keeps it: with a registry and a tag."""
    first, slash, _ = name.partition("/")
    has_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    if not has_registry:
        name = f"docker.io/{name}" if slash else f"docker.io/library/{name}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def ctr(node: Node, *arguments: str, check: bool = True) -> str:
    return run("ctr", "--address", node.containerd_socket, "--namespace", "k8s.io", *arguments, check=check)


def load(nodes: list[Node], name: str, root_filesystem: Path, config: ImageConfig) -> None:
    """Make an image of a folder or of a tar of a root filesystem, and import it on the nodes."""
    with tempfile.TemporaryDirectory(dir=HOME) as scratch:
        archive = Path(scratch) / "image.tar"
        _write_archive(archive, full_name(name), _layer(root_filesystem, Path(scratch)), config)
        for node in nodes:
            ctr(node, "images", "import", str(archive))


def copy_missing(source: Node, target: Node) -> None:
    """Give a node the images that were loaded into another before it was there."""
    missing = sorted(_names(source) - _names(target))
    if missing:
        with tempfile.TemporaryDirectory(dir=HOME) as scratch:
            archive = f"{scratch}/images.tar"
            ctr(source, "images", "export", archive, *missing)
            ctr(target, "images", "import", archive)


def _names(node: Node) -> set[str]:
    return {name for name in ctr(node, "images", "list", "-q").split() if not name.startswith("sha256:")}


def load_base_images(node: Node) -> None:
    """Give a node the images that the lab itself and simple test pods use, as they were last built."""
    loaded = node.folder / "base-images.sha256"
    built = build.stamp(GO_SOURCES).read_text()
    if loaded.exists() and loaded.read_text() == built:
        return
    with tempfile.TemporaryDirectory(dir=HOME) as scratch:
        root = Path(scratch)
        for name, program in ((PAUSE, "pause"), (COREDNS, "coredns"), (METRICS_SERVER, "metrics-server")):
            load([node], name, _program_root(root / program, BIN / program), ImageConfig([f"/{program}"]))
        load([node], BUSYBOX, _busybox_root(root / "busybox"), ImageConfig(command=["sh"]))
    loaded.write_text(built)


def _program_root(root: Path, program: Path) -> Path:
    root.mkdir()
    shutil.copy2(program, root / program.name)
    return root


def _busybox_root(root: Path) -> Path:
    for folder in ("bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "var"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    (root / "etc/group").write_text("root:x:0:\nnobody:x:65534:\n")
    shutil.copy2("/bin/busybox", root / "bin/busybox")
    for applet in run("/bin/busybox", "--list").split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    return root


def _layer(root_filesystem: Path, scratch: Path) -> Path:
    """The one layer of an image, an uncompressed tar."""
    layer = scratch / "layer.tar"
    if root_filesystem.is_dir():
        run("tar", "-c", "--numeric-owner", "--one-file-system", "-C", root_filesystem, "-f", layer, ".")
    elif tarfile.is_tarfile(root_filesystem):
        with tarfile.open(root_filesystem) as archive, open(layer, "wb") as plain:
            archive.fileobj.seek(0)
            shutil.copyfileobj(archive.fileobj, plain)
    else:
        raise LabError(f"neither a folder nor a tar: {root_filesystem}")
    return layer


def _write_archive(archive: Path, name: str, layer: Path, config: ImageConfig) -> None:
    """Write an OCI image layout with one layer as a tar."""
    with open(layer, "rb") as content:
        layer_digest = hashlib.file_digest(content, "sha256").hexdigest()
    media_type = "application/vnd.oci.image.{}".format
    image_config = {
        "architecture": "amd64",
        "os": "linux",
        "config": config.as_oci(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
    }
    layer_descriptor = _descriptor(media_type("layer.v1.tar"), layer_digest, layer.stat().st_size)
    with tarfile.open(archive, "w") as tar:
        tar.add(layer, f"blobs/sha256/{layer_digest}")
        manifest = {
            "schemaVersion": 2,
            "mediaType": media_type("manifest.v1+json"),
            "config": _add_blob(tar, media_type("config.v1+json"), image_config),
            "layers": [layer_descriptor],
        }
        entry = _add_blob(tar, media_type("manifest.v1+json"), manifest)
        entry["annotations"] = {"io.containerd.image.name": name}
        _add_file(tar, "index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
        _add_file(tar, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())


def _descriptor(media_type: str, digest: str, size: int) -> dict:
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


def _add_blob(tar: tarfile.TarFile, media_type: str, document: dict) -> dict:
    content = json.dumps(document).encode()
    digest = hashlib.sha256(content).hexdigest()
    _add_file(tar, f"blobs/sha256/{digest}", content)
    return _descriptor(media_type, digest, len(content))


def _add_file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mtime = int(time.time())
    tar.addfile(entry, io.BytesIO(content))
