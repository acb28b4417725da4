"""What is found of a release when one thing of a healthy, recorded namespace is changed."""

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from diagnose.cli.assembly import prepare
from diagnose.sources.gateway import Gateway
from diagnose.sources.recording import Recording, load
from diagnose.target.request import Request
from tests.support import recordings

HEALTHY = recordings.path("N01")
ONLY = (
    "release.no-strays",
    "release.one-build",
    "config.values-sound",
    "config.shared-alike",
    "temporal.polled-by-own",
)
Change = Callable[[list[dict[str, Any]]], None]


def found(plural: str, change: Change) -> list[tuple[str, str]]:
    """Code and summary of each finding, with the items of one kind in the worker's namespace changed."""
    recording = load(HEALTHY)
    exchanges = {
        key: replace(each, answer=_changed(each.answer, change))
        if f'"plural":"{plural}"' in key and '"namespace":"msp"' in key
        else each
        for key, each in recording.exchanges.items()
    }
    gateway = Gateway(Recording(recording.header, exchanges), time.monotonic() + 30)
    examination = prepare(Request(replay=HEALTHY, only=ONLY))
    report = replace(examination, gateway=gateway).run(threading.Event())
    return [(each.code, each.summary) for outcome in report.outcomes for each in outcome.findings]


def _changed(answer: Any, change: Change) -> Any:
    items = copy.deepcopy(answer)
    change(items["items"])
    return items


def workers(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in items if each["metadata"]["name"].startswith("temporal-worker")]


def stray(*owners: dict[str, str]) -> Change:
    def add(items: list[dict[str, Any]]) -> None:
        pod = copy.deepcopy(workers(items)[0])
        pod["metadata"] |= {"name": "worker-copy", "ownerReferences": list(owners)}
        items.append(pod)

    return add


def test_a_pod_without_an_owner_that_runs_the_worker_is_a_stray() -> None:
    [(code, summary)] = found("pods", stray())
    assert code == "release.stray-pods"
    assert "worker-copy" in summary


def test_a_pod_of_somebody_else_is_none() -> None:
    assert found("pods", stray({"kind": "Job", "name": "seed"})) == []


def test_an_ended_copy_is_none() -> None:
    def end(items: list[dict[str, Any]]) -> None:
        stray()(items)
        items[-1]["status"]["phase"] = "Succeeded"

    assert found("pods", end) == []


@pytest.mark.parametrize(("ids", "codes"), [("one one one", []), ("one two two", ["release.mixed-builds"])])
def test_builds_are_told_apart_by_their_digest(ids: str, codes: list[str]) -> None:
    def pull(items: list[dict[str, Any]]) -> None:
        for pod, digest in zip(workers(items), ids.split(), strict=True):
            for status in pod["status"]["containerStatuses"]:
                status["imageID"] = f"harbor.example/worker@sha256:{digest}"

    assert [code for code, _ in found("pods", pull)] == codes


def test_a_sibling_with_other_settings_is_named() -> None:
    def add(items: list[dict[str, Any]]) -> None:
        server = copy.deepcopy(workers(items)[0])
        server["metadata"] |= {"name": "alga-psa", "labels": {}}
        template = server["spec"]["template"]
        template["metadata"]["labels"] = {}
        template["spec"]["containers"] = [{"name": "sebastian", "env": [{"name": "ITERATIONS", "value": "1000"}]}]
        items.append(server)

    [(code, summary)] = found("deployments", add)
    assert code == "config.differs-from-server"
    assert all(word in summary for word in ("alga-psa", "ITERATIONS", "10000", "1000"))


def test_the_polls_of_a_pod_that_has_gone_are_a_memory() -> None:
    def leave(items: list[dict[str, Any]]) -> None:
        pod = workers(items)[0]
        items.remove(pod)

    # The pod's ReplicaSet still tells that its polls are a memory.
    assert found("pods", leave) == []
