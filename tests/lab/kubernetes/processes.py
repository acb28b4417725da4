"""The lab's long-running processes: started into the lab's cgroup, recorded, and stopped by record."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.lab.kubernetes import cgroups
from tests.lab.kubernetes.settings import LOGS, RUN
from tests.lab.kubernetes.shell import Argument, LabError, in_namespace


def _record(name: str) -> Path:
    return RUN / f"{name}.json"


def _start_time(pid: int) -> str | None:
    """The kernel's start time of a live process: with the pid it tells a process from a later one of that pid."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def pid_of(name: str) -> int | None:
    """The pid of a running process of the lab, or None."""
    try:
        record = json.loads(_record(name).read_text())
    except FileNotFoundError:
        return None
    pid: int = record["pid"]
    return pid if _start_time(pid) == record["start_time"] else None


def recorded() -> list[str]:
    """Names of all the processes the lab has started, running or not."""
    return sorted(path.stem for path in RUN.glob("*.json"))


def start(name: str, namespace: str, command: Sequence[Argument]) -> None:
    """Start a process in a network namespace, unless it runs already."""
    if pid_of(name):
        return
    RUN.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            in_namespace(namespace, command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=cgroups.enter_system_group,  # noqa: PLW1509 - no thread is alive then
        )
    record = {"pid": process.pid, "start_time": _start_time(process.pid), "command": list(map(str, command))}
    _record(name).write_text(json.dumps(record))


def stop(names: Iterable[str], patience: float = 10) -> None:
    """End these processes together, politely first and after some seconds by force."""
    _end([pid for pid in map(pid_of, names) if pid], patience)


def forget(name: str) -> None:
    """Strike a stopped process from the records, so that it is no part of the lab any more."""
    _record(name).unlink(missing_ok=True)


def kill_all_in_lab(group: str = "") -> None:
    """End whatever still runs in the lab's cgroup, or in one below it: containers, their shims, strays."""
    for _ in range(100):
        pids = cgroups.members(group)
        if not pids:
            return
        for pid in pids:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.1)
    raise LabError(f"processes that do not end: {cgroups.members(group)}")


def _end(pids: list[int], patience: float) -> None:
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(map(_start_time, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in pids:
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
