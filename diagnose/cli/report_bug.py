"""`diagnose report-bug`: a folder with what a report of a wrong diagnosis needs, to be read before it is sent."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

import reports
from diagnose.cli import options, version
from diagnose.cli.command import command
from diagnose.cli.output import write_file
from diagnose.cli.process import process
from diagnose.model.report import Report
from diagnose.sources import recording
from diagnose.sources.recording import Recording
from diagnose.target.request import Request
from diagnose.text import redaction
from diagnose.text.characters import one_line
from diagnose.text.sentences import joined, number_of
from reports.text.markdown_escape import fenced, prose

if TYPE_CHECKING:
    from diagnose.cli.run import Examined

ISSUE, REPORT, RECORDING = "issue.md", "report.md", "recording.diag.gz"
_MAX_LISTED = 20
_COUNTED = frozenset({"ListObjects", "ReadLog", "ExecSurvey"})
_QUESTIONS = (
    ("What was really wrong?", "The cause, and how you know it."),
    ("What does diagnose report instead?", "The sentence, the fix or the exit code that is wrong, or what is missing."),
    ("What fixed it?", "The command or the change; or that it is not fixed yet."),
    ("What is special about this cluster?", "A mesh, an operator, GitOps, admission policies, a cloud's own parts."),
)


@command(
    epilog="Exit codes: 0 the folder is written; 1 it is, and something in it looks like a secret; 2 wrong usage, or a "
    "file cannot be read or written; 3 a file could not be written at the end.\n\n"
    "Example: diagnose report-bug incident.diag"
)
@click.argument("file", metavar="[RECORDING]", default=None, type=options.OLD_FILE)
@options.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="diagnose-bug",
    group=options.OUTPUT,
    help="The folder to write, which must be new or empty (default: diagnose-bug).",
)
@options.having(options.NAMESPACE, options.WORKLOAD, options.SELECTOR, options.PROFILE, *options.ACCESS)
@options.having(options.TIMEOUT, options.NO_EXEC, options.CONFIG)
def report_bug(file: Path | None, folder: Path, **flags: Any) -> None:
    """Prepare the report of a wrong diagnosis: questions, versions, the report and a redacted recording.

    Without RECORDING the worker is examined once more, as `diagnose all --record` does. Nothing is sent.
    """
    _create(folder)
    path = folder / RECORDING
    request, config = options.request(flags), flags["config"]
    report = _copied(file, path, request, config) if file else _examined(request, config, path)
    stored = recording.load(path)
    left = list(_left(stored, report))
    text = reports.RENDERERS["markdown"](report, reports.Options(verbose=True, timeline=True))
    written = [write_file(folder / name, page) for name, page in ((ISSUE, issue(stored, left)), (REPORT, text))]
    click.echo(f"{folder / ISSUE}: answer its questions, and send it as the text of the issue")
    click.echo(f"{folder / REPORT}, {path}: attach both\n")
    for line in (*contents(stored), *_secrets(left), "Nothing was sent."):
        click.echo(one_line(line))
    # A file that is not written has its own exit code.
    sys.exit(1 if left and all(written) else 0)


def issue(stored: Recording, left: list[redaction.Left]) -> str:
    """Returns the text of an issue: the questions, the versions, and what the recording contains."""
    known = version.known_versions() | {"recorded_by": one_line(stored.header.tool_version)}
    lines = ["# A wrong diagnosis", ""]
    for question, hint in _QUESTIONS:
        lines += [f"## {question}", "", f"<!-- {hint} -->", "", ""]
    lines += ["## Versions", "", fenced("\n".join(version.lines(known))), ""]
    lines += ["## Attached", "", f"`{REPORT}`, and `{RECORDING}`, which `diagnose all --replay` replays.", ""]
    lines += [f"- {prose(line)}" for line in (*contents(stored), *_secrets(left))]
    return "\n".join(lines)


def contents(stored: Recording) -> Iterator[str]:
    """Yields what a recording contains, as far as a person needs it to decide whether to send it."""
    exchanges = [each.as_plain() for each in stored.exchanges.values() if not each.error]
    objects = {
        (each["query"].get("plural", ""), item["metadata"].get("namespace", ""), item["metadata"].get("name", ""))
        for each in exchanges
        if each["query"]["query"] == "ListObjects"
        for item in each["answer"].get("items", ())
    }
    kinds = Counter(kind for kind, _, _ in objects)
    yield f"Objects: {joined((f'{kind} ({count})' for kind, count in sorted(kinds.items())), len(kinds)) or 'none'}."
    logs = [each["answer"] for each in exchanges if each["query"]["query"] == "ReadLog"]
    surveys = [each for each in exchanges if each["query"]["query"] == "ExecSurvey"]
    count = sum(len(log.get("head", ())) + len(log.get("tail", ())) for log in logs)
    yield f"Logs: {number_of(count, 'line')} of {number_of(len(logs), 'container')}."
    others = {each["query"]["query"] for each in exchanges} - _COUNTED
    yield f"Inside containers: {number_of(len(surveys), 'inspection')} (names, ports, shapes of files; no values)."
    yield f"Other answers: {joined(sorted(others), len(others)) or 'none'}."
    namespaces = sorted({namespace for _, namespace, _ in objects} - {""})
    names = f"of namespaces ({joined(namespaces, _MAX_LISTED) or 'none'}), of these objects and of the context"
    context = stored.header.context or "none"
    yield f"Readable in it: the names {names} ({context}), hosts, images, logs, and settings that are no secrets."


def _create(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_used = any(folder.iterdir())
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    if is_used:
        raise click.UsageError(f"{folder} is not empty; choose another folder with --to")


def _copied(file: Path, to: Path, request: Request, config: Path | None) -> Report:
    """Copies a recording, redacted as this version redacts, and returns its report."""
    try:
        given = recording.load(file)
    except recording.RecordingError as error:
        raise click.UsageError(str(error)) from error
    _save(to, lambda: recording.save(to, given.header, given.exchanges.values()))
    return _run(msgspec.structs.replace(request, replay=to), config)[1]


def _examined(request: Request, config: Path | None, to: Path) -> Report:
    """Examines the target, writes the recording, and returns the report."""
    from diagnose.cli.assembly import store

    examination, report = _run(request, config)
    _save(to, lambda: store(to, examination, report))
    return report


def _run(request: Request, config: Path | None) -> "Examined":
    # The checks take time to import, which help and completion need not wait for.
    from diagnose.cli.run import once
    from diagnose.cli.settings import load

    stop = threading.Event()
    process.on_interrupt(stop.set)
    return once(request, load(config), stop)


def _save(to: Path, save: Callable[[], None]) -> None:
    try:
        save()
    except OSError as error:
        raise click.UsageError(f"{to} cannot be written: {error.strerror or error}") from error


def _left(stored: Recording, report: Report) -> Iterator[redaction.Left]:
    """Yields the places of the recording and of the report that look like a secret."""
    header = msgspec.to_builtins(stored.header)
    exchanges = [each.as_plain() for each in stored.exchanges.values()]
    rendered = msgspec.json.decode(reports.RENDERERS["json"](report, reports.Options()))
    yield from redaction.left_in({"header": header, "exchanges": exchanges, "report": rendered})


def _secrets(left: list[redaction.Left]) -> Iterator[str]:
    """Yields how many places look like a secret, and the first of them."""
    yield f"Places that look like a secret: {len(left)}."
    yield from (f"{each.place}: {each.shape} ({each.preview})" for each in left[:_MAX_LISTED])
