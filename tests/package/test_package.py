"""The wheel and the source archive, built as `make dist` builds them, installed and run elsewhere."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import anyio
import pytest
import yaml
from markdown_it import MarkdownIt
from mcp import Client, StdioServerParameters

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv" / "bin" / "uv"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
SCRIPTS = ("diagnose", "temporal-worker-diagnose", "kubectl-diagnose", "kubectl-worker_diagnose")
RELEASES = "https://releases.example.org/diagnose"


def run(*words: str | Path) -> str:
    """The output of a command that succeeds; it finds no module of the source."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, env=inherited, cwd="/", check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def build(folder: Path) -> Path:
    """A folder with what `make dist` builds."""
    run("make", "-C", ROOT, "dist", f"DIST={folder}", f"RELEASES={RELEASES}", "--no-print-directory")
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


def sums(folder: Path) -> dict[str, str]:
    files = (path for path in folder.iterdir() if not path.name.startswith("."))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_source_is_built_into_the_same_bytes(built: Path, tmp_path: Path) -> None:
    assert sums(build(tmp_path)) == sums(built)
    assert len(sums(built)) == 4


def is_working(python: str | Path) -> bool:
    return subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0


def interpreter(version: str) -> str | None:
    """The path of an interpreter that runs, in PATH or of pyenv; None where there is none."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = (shutil.which(f"python{version}"), *root.glob(f"versions/{version}.*/bin/python{version}"))
    return next((str(path) for path in found if path and is_working(path)), None)


@pytest.fixture(scope="session", params=VERSIONS)
def installed(request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the scripts of an environment with the wheel alone."""
    if (python := interpreter(request.param)) is None:
        pytest.skip(f"there is no Python {request.param} here")
    environment = tmp_path_factory.mktemp("installed") / "environment"
    run(UV, "venv", "--quiet", "--python", python, environment)
    wheel = next(built.glob("*.whl"))
    run(UV, "pip", "install", "--quiet", "--python", environment / "bin" / "python", wheel)
    return environment / "bin"


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_installed_scripts_replay_an_incident(installed: Path, script: str) -> None:
    report = json.loads(run(installed / script, "demo", "-o", "json"))
    assert report["causes"][0]["code"] == "vault.role-not-found"


def test_all_that_a_run_reads_is_installed(installed: Path) -> None:
    assert "vault.role-not-found" in run(installed / "diagnose", "explain", "vault.role-not-found")
    assert run(installed / "diagnose", "list").count("\n") > 100
    assert "kind: Role" in run(installed / "diagnose", "rbac", "--offline", "-n", "msp")
    page = run(installed / "diagnose", "demo", "-o", "html")
    assert page.startswith("<!DOCTYPE html>")
    assert "complete" in run(installed / "diagnose", "completion", "bash")


def test_the_source_archive_is_installed_too(built: Path, tmp_path: Path) -> None:
    archive = next(built.glob("temporal_worker_diagnose-*.tar.gz"))
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "environment")
    run(UV, "pip", "install", "--quiet", "--python", tmp_path / "environment" / "bin" / "python", archive)
    assert "version" in run(tmp_path / "environment" / "bin" / "diagnose", "version")


def test_the_extra_serves_an_assistant_and_its_absence_is_said(built: Path, tmp_path: Path) -> None:
    scripts, wheel = tmp_path / "environment" / "bin", next(built.glob("*.whl"))
    run(UV, "venv", "--quiet", "--python", sys.executable, scripts.parent)
    run(UV, "pip", "install", "--quiet", "--python", scripts / "python", wheel)
    without = subprocess.run([scripts / "diagnose", "mcp"], capture_output=True, text=True, check=False)
    assert without.returncode == 2
    assert "'temporal-worker-diagnose[mcp]'" in without.stderr
    run(UV, "pip", "install", "--quiet", "--python", scripts / "python", f"{wheel}[mcp]")

    async def explained() -> str:
        server = StdioServerParameters(command=str(scripts / "diagnose"), args=["mcp"], cwd="/")
        async with Client(server) as client:
            return str((await client.call_tool("explain", {"name": "vault.role-not-found"})).content)

    assert "vault.role-bound" in anyio.run(explained)


def test_the_description_stands_alone() -> None:
    """A package index shows it without the files beside it."""
    tokens = MarkdownIt().parse((ROOT / "docs" / "package.md").read_text(encoding="utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    targets = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in inline]
    assert [target for target in targets if target and not target.startswith("https://")] == []


def test_the_plug_in_of_krew_is_the_archive_that_its_manifest_names(built: Path) -> None:
    plugin = yaml.safe_load((built / "worker-diagnose.yaml").read_text(encoding="utf-8"))
    assert plugin["metadata"]["name"] == "worker-diagnose"
    assert re.fullmatch(r"v\d+\.\d+\.\d+", plugin["spec"]["version"])
    assert len(plugin["spec"]["shortDescription"]) <= 50
    (platform,) = plugin["spec"]["platforms"]
    archive = built / platform["uri"].removeprefix(f"{RELEASES}/")
    assert sums(built)[archive.name] == platform["sha256"]
    with tarfile.open(archive) as files:
        members = {member.name: member for member in files}
    assert set(members) == {each["from"] for each in platform["files"]}
    assert members[platform["bin"]].mode & 0o111


@pytest.mark.parametrize("runner", ["uvx", "pipx", ""])
def test_the_plug_in_of_krew_runs_the_package_by_what_is_installed(built: Path, tmp_path: Path, runner: str) -> None:
    shutil.unpack_archive(next(built.glob("kubectl-*.tar.gz")), tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    if runner:
        (programs / runner).write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\n', encoding="utf-8")
        (programs / runner).chmod(0o755)
    script = tmp_path / "kubectl-worker_diagnose"
    done = subprocess.run(
        ["/bin/sh", str(script), "all", "-n", "a b"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    if not runner:
        assert done.returncode == 2
        assert "needs uv" in done.stderr
        return
    words = done.stdout.splitlines()
    assert words[0] == runner
    assert words[-4:] == ["kubectl-worker_diagnose", "all", "-n", "a b"]
    assert any(re.fullmatch(r"temporal-worker-diagnose==\d+\.\d+\.\d+", word) for word in words)
