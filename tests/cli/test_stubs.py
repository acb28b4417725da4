"""The reports of a run that has not ended are what the renderers would write; UPDATE_GOLDEN=1 writes them anew."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

import reports
from diagnose import __version__
from diagnose.cli import stubs
from diagnose.model.fleet import Member, gather
from diagnose.model.report import Report, TargetFacts
from reports import Options, fleet

Render = Callable[[datetime, str], str]
NOW = datetime(2026, 11, 25, 22, 14, 45, tzinfo=UTC)


def of_run(format_: str, *, interrupted: bool) -> Render:
    facts = TargetFacts(context="", namespace="", profile="", workload_kind="", workload_name="")

    def render(at: datetime, version: str) -> str:
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
    return lambda _at, _version: fleet.FORMATS[format_](gather(members, ()), Options())


def every() -> Iterator[tuple[str, Render]]:
    for name in reports.RENDERERS:
        yield f"run.incomplete.{name}", of_run(name, interrupted=False)
        yield f"run.interrupted.{name}", of_run(name, interrupted=True)
    for name in fleet.FORMATS:
        yield f"merge.incomplete.{name}", of_merge(name)


@pytest.mark.parametrize(("name", "render"), list(every()), ids=dict(every()))
def test_a_stub_is_what_the_renderer_writes(name: str, render: Render) -> None:
    if os.environ.get("UPDATE_GOLDEN") == "1":
        at = datetime.fromtimestamp(int(stubs.TIMESTAMP), UTC)
        stubs.TEXTS.mkdir(exist_ok=True)
        (stubs.TEXTS / name).write_text(render(at, stubs.VERSION), encoding="utf-8")
    assert stubs.text(name, NOW.timestamp()).rstrip("\n") == render(NOW, __version__).rstrip("\n")


def test_every_stub_has_a_format() -> None:
    assert {path.name for path in stubs.TEXTS.iterdir()} == {name for name, _ in every()}
