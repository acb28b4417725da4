"""The files of reports while there is no report: they exist and are valid from the start, whatever happens.

Argo fails a step whose declared artifact is missing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import reports
from diagnose import __version__
from diagnose.cli.process import process
from diagnose.model.fleet import Member, gather
from diagnose.model.report import Report, TargetFacts
from diagnose.sources.files import abandon, is_stream, write_atomically
from reports import fleet

LAST_WRITER_S = 0.2
Stub = Callable[[], str]


class _Files:
    """The files of this process without a report; None before its arguments are parsed."""

    unwritten: dict[Path, Stub] | None = None


def of_run(format_: str) -> Stub:
    """Returns a renderer of the report of a run that has not ended."""

    def render() -> str:
        facts = TargetFacts(context="", namespace="", profile="", workload_kind="", workload_name="")
        empty = Report(
            tool_version=__version__,
            started_at=datetime.now(UTC).replace(microsecond=0),
            duration_s=0.0,
            complete=False,
            target=facts,
            outcomes=(),
            interrupted=process.interrupted,
        )
        return reports.RENDERERS[format_](empty, reports.Options())

    return render


def of_merge(format_: str) -> Stub:
    """Returns a renderer of a merged report without its members."""
    unfinished = Member(source="diagnose merge", problem="the reports were not merged to the end")
    return lambda: fleet.FORMATS[format_](gather((unfinished,), ()), reports.Options())


def write(stubs: Iterable[tuple[Path, Stub]]) -> Iterator[tuple[Path, OSError]]:
    """Writes the stubs, and yields the files that cannot be written."""
    _Files.unwritten = dict(stubs)
    for path, stub in _Files.unwritten.items():
        try:
            write_atomically(path, stub().encode())
        except OSError as error:
            yield path, error


def done(path: Path) -> None:
    """Records that a file has its report."""
    (_Files.unwritten or {}).pop(path, None)


def finish() -> None:
    """Ends the files of a process that ends early: with stubs where it was interrupted, or not that far."""
    complete = not process.interrupted and _Files.unwritten is not None
    unwritten = dict(_requested(sys.argv[1:]) if _Files.unwritten is None else _Files.unwritten)
    for path, stub in () if complete else unwritten.items():
        with suppress(OSError):
            if not is_stream(path):
                write_atomically(path, stub().encode())
    abandon(LAST_WRITER_S)


def _requested(arguments: list[str]) -> Iterator[tuple[Path, Stub]]:
    command = next((each for each in arguments if not each.startswith("-")), "")
    formats, stub = (fleet.FORMATS, of_merge) if command == "merge" else (reports.RENDERERS, of_run)
    for flag, value in zip(arguments, [*arguments[1:], ""], strict=True):
        given = value if flag == "--report" else flag.removeprefix("--report=") if "--report=" in flag else ""
        name, _, path = given.partition("=")
        if path and name in formats:
            yield Path(path), stub(name)
