"""The image that `make image` builds of Debian's packages: what it says of itself, what is in it, how it runs."""

import json
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
USER = "10001:10001"
SHELLS = ("sh", "bash", "dash", "rbash")
# Mounts a root read-only, with a /tmp of its own, and becomes the image's user for good.
START = """set -e
mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
mount -t proc proc "$0/proc"
exec setpriv --no-new-privs chroot --userspec="$1" "$0" "${@:2}"
"""

pytestmark = [
    pytest.mark.skipif(
        os.getuid() != 0 or not shutil.which("buildah") or not shutil.which("mmdebstrap"),
        reason="needs root, buildah and mmdebstrap (Debian: apt-get install buildah mmdebstrap)",
    ),
    pytest.mark.timeout(600),  # the first test waits for the build
]


@dataclass(frozen=True)
class Image:
    """The image as an archive, and its unpacked root without any shell."""

    config: dict[str, Any]
    name: str
    root: Path
    folder: Path

    def run(self, *words: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """The result of a container of the image: its entry point with these words, as its user, nothing writable."""
        stated = dict(each.split("=", 1) for each in self.config["Env"])
        command = ["unshare", "--mount", "bash", "-c", START, str(self.root), self.config["User"], "/usr/bin/env", "-i"]
        values = [f"{key}={value}" for key, value in {**stated, **environment}.items()]
        done = subprocess.run(
            [*command, *values, *self.config["Entrypoint"], *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
        return done

    def files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.root):
            yield from (Path(folder, name) for name in names)


def unpacked(archive: Path, folder: Path) -> tuple[str, dict[str, Any]]:
    """Unpacks the layers of an OCI archive; returns the image's name and its configuration."""
    with tarfile.open(archive) as tar:

        def blob(described: dict[str, Any]) -> Any:
            content = tar.extractfile(f"blobs/{described['digest'].replace(':', '/')}")
            assert content
            return content

        index = tar.extractfile("index.json")
        assert index
        (entry,) = json.load(index)["manifests"]
        manifest = json.load(blob(entry))
        for each in manifest["layers"]:
            with tarfile.open(fileobj=blob(each)) as layer:
                assert not [name for name in layer.getnames() if "/.wh." in name]
                layer.extractall(folder, filter="fully_trusted")
        return entry["annotations"]["org.opencontainers.image.ref.name"], json.load(blob(manifest["config"]))["config"]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    # The base is kept there, so that only the first build makes it.
    folder = ROOT / "build" / "image"
    words = ["make", "-C", str(ROOT), "image", "BASE=debian", "UV_FROM=local", "--no-print-directory"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    root = tmp_path_factory.mktemp("image") / "root"
    name, config = unpacked(folder / f"diagnose-{VERSION}.tar", root)
    for place in (*root.glob("usr/bin/*"), *root.glob("bin/*")):
        if place.name in SHELLS:
            place.unlink(missing_ok=True)
    return Image(config, name, root, folder)


def test_the_configuration_names_a_user_by_number_the_program_and_where_it_comes_from(image: Image) -> None:
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    assert image.name == f"registry.example.org/diagnose:{VERSION}"
    assert image.config["User"] == USER
    assert image.config["Entrypoint"] == ["diagnose"]
    assert image.config["Cmd"] == ["--help"]
    assert {"HOME=/tmp", f"DIAGNOSE_COMMIT={commit.strip()}"} < set(image.config["Env"])
    labels = image.config["Labels"]
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.revision"] == commit.strip()
    assert labels["org.opencontainers.image.licenses"] == "MIT"


def test_it_runs_without_a_shell_as_its_user_on_a_read_only_root(image: Image) -> None:
    known = json.loads(image.run("version", "-o", "json").stdout)
    assert known["version"] == VERSION
    assert known["commit"] == image.config["Labels"]["org.opencontainers.image.revision"]
    assert json.loads(image.run("demo", "-o", "json").stdout)["causes"][0]["code"] == "vault.role-not-found"
    assert image.run("list").stdout.count("\n") > 100
    assert "vault.role-not-found" in image.run("explain", "vault.role-not-found").stdout
    assert image.run("demo", "-o", "html").stdout.startswith("<!DOCTYPE html>")


def test_a_run_needs_no_more_than_what_is_installed(image: Image) -> None:
    """A cluster that is not there is reached for, by the same libraries as one that is."""
    (image.root / "kubeconfig").write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
        "contexts: [{name: a, context: {cluster: a, user: a, namespace: msp}}]\nusers: [{name: a, user: {}}]\n"
        "clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}]\n",
        encoding="utf-8",
    )
    done = image.run("all", "-n", "msp", code=3, KUBECONFIG="/kubeconfig")
    assert "refused" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [["demo"], ["list"], ["explain", "vault.role-not-found"], ["--help"]])
def test_no_module_is_compiled_at_run_time(image: Image, words: list[str]) -> None:
    loaded = re.findall(r"^# code object from '?([^'\n]+)", image.run(*words, PYTHONVERBOSE="1").stderr, re.MULTILINE)
    assert len(loaded) > 50
    assert [path for path in loaded if not path.endswith(".pyc")] == []


def test_nothing_in_it_becomes_another_user_or_is_left_of_the_build(image: Image) -> None:
    modes = {path: path.lstat().st_mode for path in image.files()}
    assert [path for path, mode in modes.items() if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID)] == []
    caches = ("var/cache/apt/*.bin", "var/cache/apt/archives/*.deb", "var/lib/apt/lists/*_*", "root/.cache/*")
    assert [path for pattern in caches for path in image.root.glob(pattern)] == []
    assert not (image.root / "source").exists()
    of_the_machine = [image.root / "etc" / name for name in ("resolv.conf", "hostname", "hosts")]
    assert [path for path in of_the_machine if path.exists() and path.read_text(encoding="utf-8")] == []
    assert [path for path in modes if path.name in ("uv", "uvx")] == []


def test_its_user_owns_nothing_and_others_write_nowhere_but_to_folders_for_that(image: Image) -> None:
    found = {path: path.lstat() for path in image.files()}
    assert [path for path, each in found.items() if each.st_uid == 10001 or each.st_gid == 10001] == []
    assert [path for path, each in found.items() if stat.S_ISREG(each.st_mode) and each.st_mode & stat.S_IWOTH] == []


def test_what_is_inside_is_listed_with_its_licences(image: Image) -> None:
    content = json.loads((image.folder / f"diagnose-{VERSION}.cdx.json").read_text(encoding="utf-8"))
    assert content["bomFormat"] == "CycloneDX"
    listed = {each["name"]: each for each in content["components"] if each["type"] == "library"}
    installed = {
        re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower()
        for path in image.root.glob("opt/diagnose/lib/python3*/site-packages/*.dist-info")
    }
    assert installed <= {name.lower().replace("_", "-").replace(".", "-") for name in listed}
    assert {"temporal-worker-diagnose", "libc6", "openssl"} <= set(listed)
    assert listed["libc6"]["purl"].startswith("pkg:deb/debian/libc6@")
    assert "aiohttp" not in listed
    rows = (image.folder / f"diagnose-{VERSION}.licences.tsv").read_text(encoding="utf-8").splitlines()
    assert {row.split("\t")[0] for row in rows} == set(listed)
    assert all(len(row.split("\t")) == 4 and row.split("\t")[3] for row in rows)
    assert f"temporal-worker-diagnose\t{VERSION}\tpython\tMIT" in rows
