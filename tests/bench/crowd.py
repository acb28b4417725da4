"""Serves a worker of many pods by the stand-in API server, and runs `diagnose` on it.

`python -m tests.bench.crowd PODS STATE`, of the states below, prints the answer and what it took; with `--serve` it
serves until its input ends.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from tests.bench.scale import EVENTS_OF_A_POD, READABLE, as_recorded, pending, silent, unpulled
from tests.bench.usage import Usage, usage_of
from tests.hostile.capture import Capture, Resource, later, load
from tests.hostile.objects import Answer
from tests.hostile.server import Exchange, StandIn

Json = dict[str, Any]
NAMESPACE, WORKER, CONTAINER = "msp", "temporal-worker", "temporal-worker"
SHOWN = 4000
# When the last run of a crash began and ended, and its log, as the worker writes it.
ENDED = "2026-11-29T20:21:00Z"
LAST = "Error: connect ECONNREFUSED 10.96.0.20:5432"


def crashing(pod: Json) -> None:
    """Turns a pod into one whose worker ends again and again."""
    silent(pod)
    ended = {"terminated": {"reason": "Error", "exitCode": 1, "startedAt": ENDED, "finishedAt": ENDED}}
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}
    for status in pod["status"]["containerStatuses"]:
        if status["name"] == CONTAINER:
            status.update(restartCount=9, state=waiting, lastState=ended, started=False)


def uninitialized(pod: Json) -> None:
    """Turns a pod into one whose agent runs on and on before the worker starts."""
    silent(pod)
    running = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
    for status in pod["status"]["initContainerStatuses"]:
        status.update(ready=False, restartCount=0, state=running, lastState={})
    for status in pod["status"]["containerStatuses"]:
        status.update(state={"waiting": {"reason": "PodInitializing"}}, started=False)
    for condition in pod["status"]["conditions"]:
        condition.update({"status": "False"} if condition["type"] == "Initialized" else {})
    pod["status"]["phase"] = "Pending"


# What the pods are in turn; "few" is for those of so many healthy ones.
STATES: dict[str, tuple[Callable[[Json], None], ...]] = {
    "crashing": (crashing,),
    "few": (crashing, *((as_recorded,) * 499)),
    "uninitialized": (uninitialized,),
    "mixed": (*((pending,) * 20), crashing, unpulled, silent),
    "healthy": (as_recorded,),
}


def crowd(pods: int, state: str) -> Capture:
    """Returns the capture with its worker's first pod so many times, in the states in turn."""
    known = load()
    originals = [each for each in _of(known, "pods") if each["metadata"]["name"].startswith(f"{WORKER}-")]
    name = originals[0]["metadata"]["name"]
    # Temporal's answers name the recorded pods as those that poll.
    polling = [each["metadata"]["name"] for each in originals if as_recorded in STATES[state]]
    names = [*(f"{name[:-5]}{number:05}" for number in range(pods - len(polling))), *polling]
    turns = zip(names, cycle(originals), cycle(STATES[state]), strict=False)
    made = [_copy(original, each, turn) for each, original, turn in turns]
    conditions = [found for each in made for found in each["status"]["conditions"]]
    ready = sum((each["type"], each["status"]) == ("Ready", "True") for each in conditions)
    events = [_event(each, number) for each in names for number in range(EVENTS_OF_A_POD)]
    events = events if state != "healthy" else []
    resources = [_with(each, made, events, ready) for each in known.resources]
    logs = {key.replace(name, each): text for key, text in known.logs.items() if name in key for each in names}
    # As many as a run looks into.
    execs = [replace(each, pod=copy) for each in known.execs if each.pod == name for copy in names[:READABLE]]
    return replace(known, resources=resources, logs=logs | known.logs, execs=[*known.execs, *execs])


def _of(known: Capture, plural: str) -> list[Json]:
    return [each for kind in known.resources if (kind.group, kind.plural) == ("/api/v1", plural) for each in kind.items]


def _copy(pod: Json, name: str, state: Callable[[Json], None]) -> Json:
    made: Json = json.loads(json.dumps(pod))
    made["metadata"] |= {"name": name, "uid": name}
    state(made)
    return made


def _event(pod: str, number: int) -> Json:
    about = {"kind": "Pod", "namespace": NAMESPACE, "name": pod, "uid": pod}
    return {
        "metadata": {"name": f"{pod}.{number}", "namespace": NAMESPACE, "uid": f"{pod}.{number}"},
        "involvedObject": about,
        "type": "Warning",
        "reason": "BackOff",
        "message": f"Back-off restarting failed container {CONTAINER} in pod {pod}_{NAMESPACE}",
        "count": 9,
        "firstTimestamp": ENDED,
        "lastTimestamp": ENDED,
        "source": {"component": "kubelet"},
    }


def _with(kind: Resource, pods: list[Json], events: list[Json], ready: int) -> Resource:
    def is_worker(each: Json) -> bool:
        metadata = each["metadata"]
        return bool(metadata.get("namespace") == NAMESPACE and metadata["name"].startswith(WORKER))

    match kind.plural:
        case "pods" if not kind.group.startswith("/apis/metrics"):
            return replace(kind, items=[*(each for each in kind.items if not is_worker(each)), *pods])
        case "events":
            return replace(kind, items=[*kind.items, *events])
        case "deployments" | "replicasets":
            return replace(
                kind, items=[_sized(each, len(pods), ready) if is_worker(each) else each for each in kind.items]
            )
        case _:
            return kind


def _sized(workload: Json, pods: int, ready: int) -> Json:
    counts = {"replicas": pods, "readyReplicas": ready, "availableReplicas": ready}
    status = (
        workload["status"] | counts | ({"updatedReplicas": pods} if "updatedReplicas" in workload["status"] else {})
    )
    return workload | {"spec": workload["spec"] | {"replicas": pods}, "status": status}


class _Kept:
    """Answers each list once and keeps the answer, so that the stand-in's own time is not measured."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Answer] = {}
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange) -> None:
        request = exchange.request
        if request.kind == "log" and request.query.get("previous") == "true":
            log = later(f"{ENDED.removesuffix('Z')}.000000000Z {LAST}\n", exchange.capture.at)
            exchange.send(Answer(body=log.encode(), content_type="text/plain"))
            return
        if request.kind != "list":
            exchange.proceed()
            return
        key = (request.path, request.headers.get("accept", ""), *sorted(map("=".join, request.query.items())))
        with self._lock:
            if key not in self._known:
                self._known[key] = exchange.answer()
        exchange.send(self._known[key])


@contextmanager
def served(pods: int, state: str) -> Iterator[tuple[StandIn, Path]]:
    """Serves the pods, and yields the server and a kubeconfig for it."""
    server = StandIn(capture=crowd(pods, state), fault=_Kept())
    with server.serve() as config:
        yield server, config


def row(pods: int, state: str, *options: str) -> tuple[Usage, int, str]:
    """Returns what the second of two runs took, the number of its requests, and what it printed."""
    command = (sys.executable, "-m", "diagnose", "all", "-n", NAMESPACE, *options)
    with served(pods, state) as (server, config), NamedTemporaryFile() as output:
        environment = os.environ | {"KUBECONFIG": str(config)}
        usage_of(command, environment)
        before = len(server.requests)
        found = usage_of(command, environment, Path(output.name))
        return found, len(server.requests) - before, Path(output.name).read_text(encoding="utf-8")


def main() -> None:
    """Print the row, or serve."""
    pods, state, *options = sys.argv[1:]
    if options == ["--serve"]:
        with served(int(pods), state) as (_, config):
            print(f"export KUBECONFIG={config}", flush=True)
            sys.stdin.read()
        return
    found, calls, text = row(int(pods), state, *options)
    print(text[:SHOWN])
    print(
        f"{found.wall_s:.1f} s, {found.cpu_s:.1f} s of CPU, {found.memory_mb:.0f} MB, {calls} calls, "
        f"{found.size} characters"
    )


if __name__ == "__main__":
    main()
