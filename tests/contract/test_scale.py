"""What grows with the number of pods, by counting requests and characters, never seconds."""

import os
import sys
from pathlib import Path

import pytest

from tests.bench.crowd import NAMESPACE, served
from tests.bench.scale import EVENTS_OF_A_POD
from tests.bench.usage import usage_of

# The few are as many as a run looks into at most.
FEW, MANY = 250, 850
PAGE = 500


def counted(pods: int, state: str, output: Path) -> tuple[int, int, int]:
    """The first requests of a run, those of further pages, and the size of its console."""
    with served(pods, state) as (server, config):
        command = (sys.executable, "-m", "diagnose", "all", "-n", NAMESPACE, "--timeout", "60")
        found = usage_of(command, os.environ | {"KUBECONFIG": str(config)}, output)
        assert not server.errors
        pages = sum("continue" in each.query for each in server.requests)
        return len(server.requests) - pages, pages, found.size


@pytest.mark.parametrize("state", ["crashing", "mixed"])
def test_many_broken_pods_take_the_requests_of_a_few_but_for_pages(state: str, tmp_path: Path) -> None:
    few, first, short = counted(FEW, state, tmp_path / "few")
    many, pages, long = counted(MANY, state, tmp_path / "many")
    assert pages - first <= (MANY - FEW) * (1 + EVENTS_OF_A_POD) / PAGE + 1
    assert many <= few + 5
    assert long <= short * 2


def test_the_logs_of_crashing_pods_are_read_behind_many_pending_ones(tmp_path: Path) -> None:
    with served(FEW, "mixed") as (server, config):
        command = (sys.executable, "-m", "diagnose", "all", "-n", NAMESPACE, "--timeout", "60")
        usage_of(command, os.environ | {"KUBECONFIG": str(config)}, tmp_path / "output")
        assert any(each.kind == "log" and each.query.get("previous") == "true" for each in server.requests)
