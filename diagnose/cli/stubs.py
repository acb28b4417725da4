"""The files of reports while there is no report: they exist and are valid from the start, whatever happens.

Argo fails a step whose declared artifact is missing. The texts are rendered in advance, with the version and the time
left out, because an interrupted process has no time to import the renderers; tests/cli/test_stubs.py writes them.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from diagnose import __version__
from diagnose.cli.process import process
from diagnose.sources.files import is_stream, write_atomically

TEXTS = Path(__file__).parent / "stub_texts"
RUN, MERGE = "run", "merge"
VERSION = "1999.0.0"
DATE, TIME, TIMESTAMP = "2001-02-03", "04:05:06", "981173106"
"""The time in the texts, in all its forms."""

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


def text(name: str, now: float) -> str:
    """Returns the text of a file in TEXTS, with the time and the version."""
    date, clock = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)).split()
    found = (TEXTS / name).read_text(encoding="utf-8")
    for placeholder, value in ((VERSION, __version__), (DATE, date), (TIME, clock), (TIMESTAMP, f"{now:.0f}")):
        found = found.replace(placeholder, value)
    return found


def _write(stub: Stub) -> None:
    path, command, format_ = stub
    state = "interrupted" if process.interrupted and command == RUN else "incomplete"
    write_atomically(path, text(f"{command}.{state}.{format_}", time.time()).encode())


def _requested(arguments: list[str]) -> Iterator[Stub]:
    command = MERGE if next((each for each in arguments if not each.startswith("-")), "") == MERGE else RUN
    for flag, value in zip(arguments, [*arguments[1:], ""], strict=True):
        given = value if flag == "--report" else flag.removeprefix("--report=") if "--report=" in flag else ""
        format_, _, path = given.partition("=")
        if path and format_.isalpha() and (TEXTS / f"{command}.incomplete.{format_}").exists():
            yield Path(path), command, format_
