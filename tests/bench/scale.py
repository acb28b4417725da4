"""Builds recordings of many pods from a recorded incident.

`python -m tests.bench.scale FILE PODS crash|mixed|healthy`
"""

import sys
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import msgspec

from diagnose.sources.gateway import Exchange
from diagnose.sources.recording import save
from tests.support import recordings

Json = dict[str, Any]
EVENTS_OF_A_POD = 3
# The logs and exec surveys of so many copies of a pod are those of the pod itself.
READABLE = 30
WORKER = "temporal-worker-"


def pending(pod: Json) -> None:
    """Turns a pod into one that no node accepts."""
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/9 nodes."}
    pod["status"] = {"phase": "Pending", "conditions": [unscheduled]}
    pod["spec"]["nodeName"] = ""


def unpulled(pod: Json) -> None:
    """Turns a pod into one without its image."""
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}
    for status in pod["status"]["containerStatuses"]:
        status.update(ready=False, restartCount=0, state=waiting, lastState={})
    _unready(pod)


def silent(pod: Json) -> None:
    """Turns a pod into one that runs and is not ready."""
    running = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
    for status in pod["status"]["containerStatuses"]:
        status.update(ready=False, restartCount=0, state=running, lastState={})
    _unready(pod)


def _unready(pod: Json) -> None:
    for condition in pod["status"]["conditions"]:
        if condition["type"] in {"Ready", "ContainersReady"}:
            condition.update(status="False", reason="ContainersNotReady")


def as_recorded(pod: Json) -> None:
    """Leaves a pod as it is."""


STATES: dict[str, tuple[str, tuple[Callable[[Json], None], ...]]] = {
    "crash": ("X07", (as_recorded,)),
    "mixed": ("X07", (pending, as_recorded, unpulled, silent)),
    "healthy": ("N01", (as_recorded,)),
}


def multiply(name: str, pods: int, states: tuple[Callable[[Json], None], ...]) -> list[Exchange]:
    """Returns the exchanges of an incident with its worst pod so many times, in these states in turn."""
    recorded = recordings.recording(name)
    exchanges = recordings.plain(recorded)
    namespace = recorded.header.arguments.get("namespace", "msp")
    lists = {each["query"].get("plural"): each for each in exchanges if each["query"].get("namespace") == namespace}
    original = _worst(
        [each for each in lists["pods"]["answer"]["items"] if each["metadata"]["name"].startswith(WORKER)]
    )
    names = [f"{original['metadata']['name']}-{number:05}" for number in range(pods)]
    lists["pods"]["answer"]["items"] += [
        _copy(original, each, state) for each, state in zip(names, cycle(states), strict=False)
    ]
    events = lists["events"]["answer"]["items"]
    own = [each for each in events if each.get("involvedObject", {}).get("name") == original["metadata"]["name"]]
    own = list(islice(cycle(own), EVENTS_OF_A_POD)) if own else []
    for each in names:
        events += [{**event, "involvedObject": {**event["involvedObject"], "name": each}} for event in own]
    of_original = [each for each in exchanges if each["query"].get("pod") == original["metadata"]["name"]]
    copies = [{**each, "query": {**each["query"], "pod": name}} for each in of_original for name in names[:READABLE]]
    return msgspec.json.decode(msgspec.json.encode([*exchanges, *copies]), type=list[Exchange])


def _worst(pods: list[Json]) -> Json:
    """The pod with the most restarts, of those with an exit the first."""
    return max(pods, key=lambda pod: sum(each.get("restartCount", 0) for each in pod["status"]["containerStatuses"]))


def _copy(pod: Json, name: str, state: Callable[[Json], None]) -> Json:
    made: Json = msgspec.json.decode(msgspec.json.encode(pod))
    made["metadata"]["name"] = name
    state(made)
    return made


def write(path: Path, pods: int, state: str) -> None:
    """Writes the recording."""
    name, states = STATES[state]
    save(path, recordings.recording(name).header, multiply(name, pods, states))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
