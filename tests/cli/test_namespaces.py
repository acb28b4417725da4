"""`diagnose namespaces` lists each namespace that has a Temporal worker, of whatever kind."""

import time
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import assembly
from diagnose.cli.catalogue import catalogue
from diagnose.cli.group import group
from diagnose.cli.settings import Settings
from diagnose.engine.diagnosis import Examination
from diagnose.queries.query import ForbiddenError, NotFoundError
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Request
from tests.support.kit import NOW, Json
from tests.support.sources import FakeSource

NONE: dict[str, list[Json]] = {
    kind: [] for kind in ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "rollouts")
}


def workload(namespace: str, *, worker: bool = True) -> Json:
    env = [{"name": "TEMPORAL_ADDRESS", "value": "temporal:7233"}, {"name": "TEMPORAL_TASK_QUEUE", "value": "invoices"}]
    container = {"name": "main", "image": "registry.example.com/app:1", "env": env if worker else []}
    template = {"metadata": {"labels": {"app": namespace}}, "spec": {"containers": [container]}}
    return {
        "metadata": {"name": "app-worker" if worker else "app", "namespace": namespace},
        "spec": {"template": template},
    }


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, refused: Any = None, **kinds: Any) -> Result:
    source = FakeSource(refused=refused or {}, **NONE | kinds)

    def prepare(request: Request, _: Settings) -> Examination:
        gateway = Gateway(source, time.monotonic() + 30)
        return Examination(request=request, catalogue=catalogue(), gateway=gateway, now=NOW)

    monkeypatch.setattr(assembly, "prepare", prepare)
    return CliRunner().invoke(group, ["namespaces", *arguments])


@pytest.mark.parametrize("kind", ["deployments", "statefulsets", "daemonsets", "jobs", "rollouts"])
def test_a_worker_of_any_kind_is_found(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    result = run(monkeypatch, **{kind: [workload("billing"), workload("web", worker=False)]})
    assert (result.exit_code, result.stdout) == (0, "billing\n")


def test_a_worker_that_runs_by_schedule_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = workload("nightly")
    scheduled = {"metadata": found["metadata"], "spec": {"jobTemplate": {"spec": found["spec"]}}}
    assert run(monkeypatch, cronjobs=[scheduled]).stdout == "nightly\n"


def test_a_label_finds_a_workload_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [workload("web", worker=False), workload("shop", worker=False)]
    assert run(monkeypatch, "-l", "app=web", statefulsets=given).stdout == "web\n"


def test_without_the_right_to_list_a_kind_no_list_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"statefulsets": ForbiddenError("statefulsets may not be listed")}
    result = run(monkeypatch, refused=refused, deployments=[workload("orders")])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "statefulsets may not be listed" in result.stderr


def test_a_cluster_without_a_kind_has_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"rollouts": NotFoundError("there is no such kind")}
    result = run(monkeypatch, refused=refused, deployments=[workload("orders")])
    assert (result.exit_code, result.stdout) == (0, "orders\n")
