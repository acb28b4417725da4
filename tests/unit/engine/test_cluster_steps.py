"""All commands of a report reach the cluster that the user named."""

import re
import threading
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from diagnose.cli.assembly import prepare
from diagnose.commands.named_cluster import NamedCluster
from diagnose.model.report import Finding, Report
from diagnose.target.request import Request
from tests.support import recordings

_PROGRAM = re.compile(r"(?:^|[|(&;] )(?:kubectl|helm) (?P<first>\S+)")


def commands(report: Report) -> Iterator[str]:
    found: list[Finding] = [each.finding for each in report.causes]
    for outcome in report.outcomes:
        found += (*outcome.findings, *(each.finding for each in outcome.muted))
        yield from (each.command for each in outcome.evidence)
    for finding in found:
        yield from (each.command for each in finding.remediation.steps)
        yield from (each.command for each in finding.evidence)


@pytest.mark.parametrize("name", ["K02", "V10"])
def test_every_command_of_a_report_names_the_cluster(name: str) -> None:
    examination = prepare(Request(replay=recordings.path(name)))
    report = replace(examination, cluster=NamedCluster(context="made-up")).run(threading.Event())
    first = [each["first"] for command in commands(report) for each in _PROGRAM.finditer(command)]
    assert first
    assert set(first) <= {"--context", "--kube-context"}


def test_a_namespace_without_a_worker_has_such_commands_too() -> None:
    examination = prepare(Request(replay=recordings.path("N01"), only=("workload",)))
    request = replace(examination.request, selector="app=none")
    named = replace(examination, request=request, cluster=NamedCluster(context="made-up"))
    steps = named.run(threading.Event()).causes[0].finding.remediation.steps
    assert steps[0].command.startswith("kubectl --context made-up ")
