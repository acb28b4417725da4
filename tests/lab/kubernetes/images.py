"""Container images from root filesystems, without Docker: built as archives and imported into containerd."""

import hashlib
import io
import json
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.kubernetes import build, rootfs
from tests.lab.kubernetes.settings import BIN, GO_SOURCES, HOME, Node
from tests.lab.kubernetes.shell import JsonObject, LabError, run

PAUSE = "docker.io/lab/pause:1"
BUSYBOX = "docker.io/lab/busybox:1"
COREDNS = "docker.io/lab/coredns:1"
METRICS_SERVER = "docker.io/lab/metrics-server:1"
MEDIA_TYPE = "application/vnd.oci.image"


@dataclass
class ImageConfig:
    """How a container of the image starts."""

    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)
    user: str = ""
    working_directory: str = "/"

    def as_oci(self) -> JsonObject:
        return {
            "Entrypoint": self.entrypoint,
            "Cmd": self.command,
            "Env": self.environment or ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "User": self.user,
            "WorkingDir": self.working_directory,
        }


def full_name(name: str) -> str:
    """Returns the name as in containerd, with a registry and a tag."""
    first, slash, _ = name.partition("/")
    has_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    if not has_registry:
        name = f"docker.io/{name}" if slash else f"docker.io/library/{name}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def ctr(node: Node, *arguments: str, check: bool = True) -> str:
    return run("ctr", "--address", node.containerd_socket, "--namespace", "k8s.io", *arguments, check=check)


def load(nodes: Sequence[Node], name: str, root_filesystem: Path, config: ImageConfig) -> None:
    """Make an image of a root filesystem, and import it on the nodes."""
    with tempfile.TemporaryDirectory(dir=HOME) as scratch:
        archive = Path(scratch) / "image.tar"
        write_archive(archive, name, root_filesystem, config)
        for node in nodes:
            ctr(node, "images", "import", str(archive))


def write_archive(archive: Path, name: str, root_filesystem: Path, config: ImageConfig) -> None:
    """Write an image as a tar that containerd, kind, Docker and podman can load."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        layer = _layer(root_filesystem, Path(scratch))
        _pack(archive, full_name(name), layer, config)


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
            rootfs.of_program(root / program, BIN / program)
            load([node], name, root / program, ImageConfig([f"/{program}"]))
        rootfs.of_busybox(root / "busybox")
        load([node], BUSYBOX, root / "busybox", ImageConfig(command=["sh"]))
    loaded.write_text(built)


def _layer(root_filesystem: Path, scratch: Path) -> Path:
    """The one layer of an image, an uncompressed tar."""
    if not root_filesystem.is_dir():
        raise LabError(f"not a folder: {root_filesystem}")
    layer = scratch / "layer.tar"
    run("tar", "-c", "--numeric-owner", "--one-file-system", "-C", root_filesystem, "-f", layer, ".")
    return layer


def _pack(archive: Path, name: str, layer: Path, config: ImageConfig) -> None:
    """Write an OCI image layout of one layer, which by its `manifest.json` is an archive of Docker's too."""
    with layer.open("rb") as content:
        layer_digest = hashlib.file_digest(content, "sha256").hexdigest()
    image_config = {
        "architecture": "amd64",
        "os": "linux",
        "config": config.as_oci(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
    }
    with tarfile.open(archive, "w") as tar:
        tar.add(layer, _blob(layer_digest))
        described = _add_blob(tar, f"{MEDIA_TYPE}.config.v1+json", image_config)
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{MEDIA_TYPE}.manifest.v1+json",
            "config": described,
            "layers": [_descriptor(f"{MEDIA_TYPE}.layer.v1.tar", layer_digest, layer.stat().st_size)],
        }
        entry = _add_blob(tar, f"{MEDIA_TYPE}.manifest.v1+json", manifest)
        entry["annotations"] = {"io.containerd.image.name": name}
        of_docker = {
            "Config": _blob(described["digest"].removeprefix("sha256:")),
            "RepoTags": [name],
            "Layers": [_blob(layer_digest)],
        }
        _add_file(tar, "index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
        _add_file(tar, "manifest.json", json.dumps([of_docker]).encode())
        _add_file(tar, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())


def _blob(digest: str) -> str:
    return f"blobs/sha256/{digest}"


def _descriptor(media_type: str, digest: str, size: int) -> JsonObject:
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


def _add_blob(tar: tarfile.TarFile, media_type: str, document: JsonObject) -> JsonObject:
    content = json.dumps(document).encode()
    digest = hashlib.sha256(content).hexdigest()
    _add_file(tar, _blob(digest), content)
    return _descriptor(media_type, digest, len(content))


def _add_file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mtime = int(time.time())
    tar.addfile(entry, io.BytesIO(content))
