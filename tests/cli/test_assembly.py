"""The request of a run: flags over `diagnose.toml`, and what a replay takes from its recording."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from diagnose.cli.assembly import FIXED, prepare
from diagnose.cli.settings import Settings, read
from diagnose.commands.named_cluster import CURRENT, NamedCluster
from diagnose.queries.cluster_access import ClusterAccess
from diagnose.target.request import Allowance, Occasion, Request
from tests.support import recordings

FILE = read("""
[target]
namespace = "apps"
selector = ["app=worker", "tier=back"]
workload = "worker"
[run]
timeout = 90
only = ["vault.*"]
[thresholds]
memory = 0.5
""")


def test_flags_win_over_the_file() -> None:
    request = Request(namespace="msp", timeout_s=60.0, skip=("argo.*",)).completed_by(FILE.request)
    assert (request.namespace, request.workload, request.selector) == ("msp", "worker", "app=worker,tier=back")
    assert (request.timeout_s, request.only, request.skip) == (60.0, ("vault.*",), ("argo.*",))
    assert request.thresholds.memory == 0.5
    assert Request().completed_by(Settings().request).timeout_s == 60.0


def test_a_replay_examines_what_was_recorded() -> None:
    recorded = prepare(Request(replay=recordings.path("N01"))).request
    asked = Request(replay=recordings.path("N01"), workload="x", selector="x=y", workflows="x", manifest="x")
    request = prepare(replace(asked, allowed=frozenset({Allowance.REGISTRY})), FILE).request
    assert [getattr(request, name) for name in FIXED] == [getattr(recorded, name) for name in FIXED]
    assert (request.only, request.thresholds.memory, request.timeout_s) == (("vault.*",), 0.5, 90)


def test_a_replay_keeps_its_occasion_unless_another_one_is_named() -> None:
    path = recordings.path("N30")
    assert prepare(Request(replay=path)).request.occasion is Occasion.BEFORE_DEPLOY
    assert prepare(Request(replay=path, occasion=Occasion.AUDIT)).request.occasion is Occasion.AUDIT


def test_commands_name_the_cluster_where_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "elsewhere"
    plain = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c"}}],
    }
    path.write_text(json.dumps(plain), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert prepare(Request()).cluster == CURRENT
    assert prepare(Request(context="c")).cluster == NamedCluster(context="c")
    access = ClusterAccess(kubeconfig=str(path))
    assert prepare(Request(access=access)).cluster == NamedCluster(kubeconfig=str(path))
    # The context of a recording is that of whoever recorded it.
    assert prepare(Request(replay=recordings.path("N01"))).cluster == CURRENT
