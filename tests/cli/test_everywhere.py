"""`diagnose all -A` has one line for each namespace that has workloads, and the exit code of `merge`."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import everywhere
from diagnose.cli.catalogue import catalogue
from diagnose.cli.examine import all_pods
from diagnose.cli.settings import Settings
from diagnose.engine.diagnosis import Examination
from diagnose.queries.query import ForbiddenError
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from tests.support.kit import NOW
from tests.support.objects import pod
from tests.support.sources import FakeSource
from tests.support.workloads import ANSWERS, healthy_cluster, one


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, refused: Any = None, **kinds: Any) -> Result:
    source = FakeSource(answers=ANSWERS, refused=refused or {}, **healthy_cluster() | kinds)

    def prepare(request: Request, settings: Settings) -> Examination:
        gateway = Gateway(source, time.monotonic() + 30)
        return Examination(request=request, catalogue=catalogue(), gateway=gateway, now=NOW)

    monkeypatch.setattr(everywhere, "prepare", prepare)
    return CliRunner().invoke(all_pods, ["-A", "--only", "workload", *arguments])


def cluster(*workloads: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in workloads:
        for kind, objects in each.items():
            found[kind] = [*found.get(kind, []), *objects]
    return found


def test_each_namespace_with_workloads_has_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kinds = cluster(one("web", namespace="shop"), one("api", namespace="billing", broken=True))
    file = tmp_path / "all.json"
    result = run(monkeypatch, "--report", f"json={file}", "--report", "console", **kinds)
    plain = json.loads(file.read_text())
    assert [(each["namespace"], each["state"]) for each in plain["members"]] == [
        ("billing", "broken"),
        ("shop", "unknown"),
    ]
    assert (result.exit_code, plain["exit_code"]) == (1, 1)
    assert "shop/web" in result.output


def test_a_namespace_whose_pods_all_ended_has_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    done = pod("done", namespace="old", status={"phase": "Succeeded"})
    result = run(monkeypatch, **cluster(one("web", namespace="shop"), {"pods": [done]}))
    # Selected checks give no verdict.
    assert (result.exit_code, "old" in result.output) == (3, False)


def test_what_was_observed_of_a_namespace_is_not_kept_for_the_others() -> None:
    source = FakeSource(answers=ANSWERS, **healthy_cluster() | one("web", namespace="shop", broken=True))
    gateway = Gateway(source, time.monotonic() + 30)
    examination = Examination(request=Request(only=("workload",)), catalogue=catalogue(), gateway=gateway, now=NOW)
    found = everywhere._member(examination, "shop", time.monotonic() + 30, threading.Event())
    assert found is not None
    assert found.report is not None
    assert examination.observed == {}


def test_without_the_right_to_list_pods_everywhere_it_names_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, refused={"pods": ForbiddenError("pods may not be listed")})
    assert (result.exit_code, "name one with -n" in result.output) == (3, True)


@pytest.mark.parametrize("flag", ["--namespace=shop", "--workload=web", "--record=x.diag"])
def test_flags_of_one_namespace_do_not_go_with_it(monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    result = run(monkeypatch, flag)
    assert (result.exit_code, "is about one namespace" in result.output) == (2, True)


def test_a_format_of_one_report_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there are console, short, slack, markdown, json, html" in run(monkeypatch, "--report", "sarif").output
