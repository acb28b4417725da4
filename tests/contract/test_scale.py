"""What grows with the number of pods, by counting requests, characters and calls, never seconds."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import reports
from diagnose.cli.assembly import prepare
from diagnose.cli.settings import Settings
from diagnose.model.report import Report
from diagnose.target.request import Request
from reports import Options
from tests.bench.crowd import NAMESPACE, served
from tests.bench.scale import EVENTS_OF_A_POD
from tests.bench.usage import usage_of

FEW, SOME, MANY = 5, 50, 850
PAGE = 500
PRODUCT = tuple(str(Path(__file__).parents[2] / each) for each in ("diagnose", "checks", "reports"))
MOST = 45
"""How many requests a failing run may take, beside those of further pages."""
LINES_B = 500
"""The bytes of lines that depend on when the pods were made."""
NAMED_B = 600
"""The bytes of a pod's name in all lists of a report."""


def counted(pods: int, state: str, output: Path) -> tuple[int, int, int]:
    """The first requests of a run, those of further pages, and the size of its console."""
    with served(pods, state) as (server, config):
        command = (sys.executable, "-m", "diagnose", "all", "-n", NAMESPACE, "--timeout", "60")
        found = usage_of(command, os.environ | {"KUBECONFIG": str(config)}, output)
        assert not server.errors
        pages = sum("continue" in each.query for each in server.requests)
        return len(server.requests) - pages, pages, found.size


def test_many_crashing_pods_take_the_requests_of_a_few_but_for_pages(tmp_path: Path) -> None:
    few, first, short = counted(FEW, "crashing", tmp_path / "few")
    some, *_ = counted(SOME, "crashing", tmp_path / "some")
    many, pages, long = counted(MANY, "crashing", tmp_path / "many")
    # One of them may be sent or not, as the first answers come sooner or later.
    assert max(few, some, many) <= min(few, some, many, MOST) + 1
    assert pages - first <= (MANY - FEW) * (1 + EVENTS_OF_A_POD) / PAGE + 1
    assert long <= short * 2


def test_many_pods_that_fail_in_several_ways_take_the_requests_of_some(tmp_path: Path) -> None:
    some, _, short = counted(SOME, "mixed", tmp_path / "some")
    many, _, long = counted(MANY, "mixed", tmp_path / "many")
    assert many <= min(some + 5, MOST)
    assert long <= short * 2


def test_a_few_crashing_pods_among_many_ready_ones_stop_no_work(tmp_path: Path) -> None:
    calls, *_ = counted(MANY, "few", tmp_path / "output")
    assert calls <= MOST
    assert (tmp_path / "output").read_text(encoding="utf-8").startswith("! AT RISK")


def test_the_logs_of_crashing_pods_are_read_behind_many_pending_ones(tmp_path: Path) -> None:
    with served(SOME, "mixed") as (server, config):
        command = (sys.executable, "-m", "diagnose", "all", "-n", NAMESPACE, "--timeout", "60")
        usage_of(command, os.environ | {"KUBECONFIG": str(config)}, tmp_path / "output")
        assert any(each.kind == "log" and each.query.get("previous") == "true" for each in server.requests)


@pytest.mark.parametrize("state", ["crashing", "mixed", "uninitialized"])
def test_every_format_has_a_size_that_does_not_grow_with_the_pods(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (examined(pods, state, monkeypatch) for pods in (150, 300))
    assert len(few.causes) == len(many.causes)
    for name, render in reports.RENDERERS.items():
        for options in (Options(), Options(verbose=True)):
            short, long = (len(render(each, options)) for each in (few, many))
            # A report that a program reads names each pod, once in each of its findings, and nothing more of it.
            named = 150 * NAMED_B if name == "json" else 0
            assert long <= short * 1.1 + LINES_B + named, name


@pytest.mark.parametrize("state", ["crashing", "uninitialized"])
def test_the_work_of_a_run_grows_as_the_pods_do(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(pods: int) -> int:
        with counted_calls() as calls:
            report = examined(pods, state, monkeypatch)
            for render in reports.RENDERERS.values():
                render(report, Options(verbose=True))
        return len(calls)

    # The first run also fills what is kept for the next ones.
    _, few, some, many = map(work, (50, 100, 200, 400))
    assert many - some <= 2 * (some - few) * 1.4


@contextmanager
def counted_calls() -> Iterator[list[None]]:
    """Yields a list that grows with each call of a function of the product, in whatever thread."""
    calls: list[None] = []

    def count(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PRODUCT):
            calls.append(None)

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def examined(pods: int, state: str, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Returns the report of a run."""
    with served(pods, state) as (server, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        report = prepare(Request(namespace=NAMESPACE, timeout_s=60), Settings()).run(threading.Event())
        assert not server.errors
        return report
