"""The reports of a run that has not ended are what the renderers would write; UPDATE_GOLDEN=1 writes them anew."""

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import takewhile

import pytest

import reports
from diagnose import __version__
from diagnose.cli import stubs
from diagnose.model.fleet import Member, gather
from diagnose.model.report import Report, TargetFacts
from reports import Options, fleet

Render = Callable[[datetime, str, bool], str]
NOW = datetime(2026, 11, 25, 22, 14, 45, tzinfo=UTC)
VERSION, BEGIN = "1999.0.0", datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
VALUES = {"version": VERSION, "date": "2001-02-03", "time": "04:05:06", "timestamp": f"{BEGIN.timestamp():.0f}"}


def of_run(format_: str) -> Render:
    facts = TargetFacts(context="", namespace="", profile="", workload_kind="", workload_name="")

    def render(at: datetime, version: str, interrupted: bool) -> str:
        report = Report(
            tool_version=version,
            started_at=at,
            duration_s=0.0,
            complete=False,
            target=facts,
            outcomes=(),
            interrupted=interrupted,
        )
        return reports.RENDERERS[format_](report, Options())

    return render


def of_merge(format_: str) -> Render:
    members = (Member(source="diagnose merge", problem="the reports were not merged to the end"),)
    return lambda _at, _version, _interrupted: fleet.FORMATS[format_](gather(members, ()), Options())


EVERY = {f"{stubs.RUN}.{name}": of_run(name) for name in reports.RENDERERS}
EVERY |= {f"{stubs.MERGE}.{name}": of_merge(name) for name in fleet.FORMATS}


def equal(one: Iterable[str], other: Iterable[str]) -> int:
    """Returns the number of equal parts at the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def alternatives(incomplete: str, interrupted: str) -> str:
    """Returns a line, with a placeholder for the words in which the two differ."""
    if incomplete == interrupted:
        return incomplete
    both = [re.split(r"(\W)", line) for line in (incomplete, interrupted)]
    before = equal(*both)
    after = equal(*(reversed(parts[before:]) for parts in both))
    differing = ("".join(parts[before : len(parts) - after]) for parts in both)
    end = both[0][len(both[0]) - after :]
    return f"{''.join(both[0][:before])}[[{'|'.join(differing)}]]{''.join(end)}"


def assets() -> dict[str, str]:
    """Returns the styles and the script of pages, and their hashes, by placeholder."""
    files = (path for path in stubs.TEMPLATES.iterdir() if path.suffix in {".css", ".js"})
    found = {path.name: path.read_text(encoding="utf-8").strip() for path in files}
    hashes = {f"{stubs.HASH}{name}": b64encode(sha256(text.encode()).digest()).decode() for name, text in found.items()}
    return found | hashes


def with_placeholders(render: Render) -> str:
    """Returns what is stored: nothing that is in another file, and nothing twice."""
    texts = (render(BEGIN, VERSION, interrupted).rstrip("\n").split("\n") for interrupted in (False, True))
    text = "\n".join(map(alternatives, *texts)) + "\n"
    for name, value in (assets() | VALUES).items():
        text = text.replace(value, f"[[{name}]]")
    return text


@pytest.mark.parametrize("interrupted", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_a_stub_is_what_the_renderer_writes(name: str, interrupted: bool) -> None:
    written = stubs.text(name, NOW.timestamp(), interrupted=interrupted)
    assert written.rstrip("\n") == EVERY[name](NOW, __version__, interrupted).rstrip("\n")


@pytest.mark.parametrize("name", EVERY)
def test_a_stub_stores_nothing_that_is_in_another_file(name: str) -> None:
    stored = with_placeholders(EVERY[name])
    if os.environ.get("UPDATE_GOLDEN") == "1":
        (stubs.TEXTS / name).write_text(stored, encoding="utf-8")
    assert (stubs.TEXTS / name).read_text(encoding="utf-8") == stored


def test_every_stub_has_a_format() -> None:
    assert {path.name for path in stubs.TEXTS.iterdir()} == set(EVERY)
