"""The files of reports while there is no report: they exist and are valid from the start, whatever happens.

Argo fails a step whose declared artifact is missing. The texts are rendered in advance, with placeholders for what is
known later or stored elsewhere, because an interrupted process has no time to import the renderers, nor anything else
while the main thread waits in an import; tests/cli/test_stubs.py writes them.
"""

import re
import sys
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from diagnose import __version__
from diagnose.cli.process import process
from diagnose.sources.files import is_stream, write_atomically
from diagnose.text.patterns import lazy

TEXTS = Path(__file__).parent / "stub_texts"
TEMPLATES = Path(__file__).parents[2] / "reports" / "html" / "templates"
RUN, MERGE = "run", "merge"
SAVED = frozenset({"render", "diff"})
"""The commands that write nothing before they have read a report."""
EVERYWHERE = frozenset({"-A", "--all-namespaces"})
HASH = "sha256 "
_PLACEHOLDER = lazy(r"\[\[([^\[\]]+)\]\]")

Stub = tuple[Path, str, str]
"""A file, what writes it (RUN or MERGE), and the format."""


class _Files:
    """The files of this process without a report; None before its arguments are parsed."""

    unwritten: dict[Path, Stub] | None = None


def write(stubs: Iterable[Stub]) -> Iterator[tuple[Path, OSError]]:
    """Writes the stubs, and yields the files that cannot be written."""
    _Files.unwritten = {stub[0]: stub for stub in stubs}
    for stub in _Files.unwritten.values():
        try:
            _write(stub)
        except OSError as error:
            yield stub[0], error


def done(path: Path) -> None:
    """Records that a file has its report."""
    (_Files.unwritten or {}).pop(path, None)


def finish() -> None:
    """Ends the files of a process that ends early: with stubs where it was interrupted, or not that far."""
    if process.interrupted or _Files.unwritten is None:
        files = tuple(_requested(sys.argv[1:]) if _Files.unwritten is None else _Files.unwritten.values())
        for stub in files:
            with suppress(OSError):
                if not is_stream(stub[0]):
                    _write(stub)


def text(name: str, now: float, *, interrupted: bool = False) -> str:
    """Returns a text of TEXTS with its placeholders replaced.

    These are values of the run, `incomplete|interrupted`, names of files in TEMPLATES, and their hashes.
    """
    date, clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)).split()
    values = {"version": __version__, "date": date, "time": clock, "timestamp": f"{now:.0f}"}

    def value(found: re.Match[str]) -> str:
        incomplete, differs, otherwise = found[1].partition("|")
        if differs:
            return otherwise if interrupted else incomplete
        return values.get(found[1]) or _asset(found[1])

    return _PLACEHOLDER.sub(value, (TEXTS / name).read_text(encoding="utf-8"))


def _asset(name: str) -> str:
    content = (TEMPLATES / name.removeprefix(HASH)).read_text(encoding="utf-8").strip()
    return b64encode(sha256(content.encode()).digest()).decode() if name.startswith(HASH) else content


def _write(stub: Stub) -> None:
    path, command, format_ = stub
    content = text(f"{command}.{format_}", time.time(), interrupted=process.interrupted)
    write_atomically(path, content.encode())


def _requested(arguments: list[str]) -> Iterator[Stub]:
    name = next((each for each in arguments if not each.startswith("-")), "")
    command = MERGE if name == MERGE or not EVERYWHERE.isdisjoint(arguments) else RUN
    if name in SAVED:
        return
    for flag, value in zip(arguments, [*arguments[1:], ""], strict=True):
        given = value if flag == "--report" else flag.removeprefix("--report=") if "--report=" in flag else ""
        format_, _, path = given.partition("=")
        if path and format_.isalpha() and (TEXTS / f"{command}.{format_}").exists():
            yield Path(path), command, format_
