"""A hook of MkDocs: the site also has the pages that are outside of docs/, and links between all of them hold."""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "deploy/README.md": "deploy.md",
    "tests/lab/README.md": "lab.md",
    "tests/replay/README.md": "recorded-incidents.md",
    "tests/hostile/README.md": "hostile.md",
}
"""The pages outside of docs/, which stay where a reader of the repository looks for them, and their names here."""
_HERE = {name: path for path, name in OUTSIDE.items()}
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)(?P<path>[^)#\s]+)")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages from outside."""
    for path, name in OUTSIDE.items():
        if (ROOT / path).exists():
            files.append(File.generated(config, name, content=(ROOT / path).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Returns the text of a page, whose links to files of the repository lead to pages of the site."""
    here = page.file.src_uri
    folder = posixpath.dirname(_HERE.get(here, f"docs/{here}"))

    def link(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, found["path"]))
        name = OUTSIDE.get(path) or path.removeprefix("docs/")
        return posixpath.relpath(name, posixpath.dirname(here) or ".")

    return _LINK.sub(link, markdown)
