"""`diagnose version`: which code runs, and which files it reads and writes."""

import json
import os
import platform
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import click

from diagnose import __version__
from diagnose.cli import options
from diagnose.cli.command import command
from diagnose.text.patterns import lazy

DISTRIBUTION = "temporal-worker-diagnose"
ROOT = Path(__file__).parents[2]
_COMMIT = lazy(r"[0-9a-f]{40,64}")


@command(epilog="Example: diagnose version -o json")
@options.option(
    "-o",
    "--output",
    type=click.Choice(["lines", "json"]),
    default="lines",
    group=options.OUTPUT,
    help="Lines, or a JSON object (default: lines).",
)
def version(output: str) -> None:
    """Print the version, its commit, and the formats of reports and recordings."""
    known = known_versions()
    click.echo(json.dumps(known, indent=2) if output == "json" else "\n".join(lines(known)))


def known_versions() -> dict[str, str | int]:
    """Returns the version, its commit, and the formats of reports and recordings."""
    from diagnose.sources.recording import FORMAT
    from reports.formats.json import SCHEMA_VERSION

    return {
        "version": __version__,
        "commit": commit(ROOT) or "unknown",
        "report_schema": SCHEMA_VERSION,
        "recording_format": FORMAT,
        "python": platform.python_version(),
    }


def lines(known: dict[str, str | int]) -> list[str]:
    """Returns the versions as lines for people."""
    return [f"{name.replace('_', ' '):17} {value}" for name, value in known.items()]


def commit(root: Path) -> str:
    """Returns the commit of the code in a folder: as its image or its installer states it, or its working copy."""
    if stated := os.environ.get("DIAGNOSE_COMMIT"):
        return stated
    with suppress(OSError, ValueError):
        git = root / ".git"
        if git.is_file():
            git = root / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
        return _head(git)
    with suppress(metadata.PackageNotFoundError, ValueError, KeyError):
        origin = json.loads(metadata.distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
        return str(origin["vcs_info"]["commit_id"])
    return ""


def _head(git: Path) -> str:
    """Returns the commit of the working copy with this folder of git's.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if _COMMIT.fullmatch(head):
        return head
    name = head.removeprefix("ref: ")
    # A further working copy has the branches of the first.
    common = git / "commondir"
    folder = git / common.read_text(encoding="utf-8").strip() if common.exists() else git
    loose = folder / name
    if loose.exists():
        return loose.read_text(encoding="utf-8").strip()
    packed = (folder / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next(line.partition(" ")[0] for line in packed if line.endswith(f" {name}"))
