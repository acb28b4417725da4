"""Starts runs of `diagnose` as forks of one process that has imported it, which saves most of a run's CPU time.

Reads one JSON object a line: id, arguments, environment, folder, seconds. Writes one for each run that has ended: id,
exit code (negative for a signal), wall seconds, peak memory in MB, and whether it had to be killed. It is started with
the tree that is to be tested on the path, and needs nothing else of these tests.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

AHEAD = (
    "checks",
    "diagnose.cli.main",
    "diagnose.cli.examine",
    "diagnose.cli.run",
    "diagnose.cli.gate",
    "diagnose.sources.live",
    "hvac",
    "psycopg",
    "reports",
    "temporalio.service",
    "temporalio.api.workflowservice.v1",
    "urllib3",
)


def main() -> None:
    """Starts runs until the input ends."""
    for name in AHEAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()
    running: dict[int, tuple[dict[str, Any], float]] = {}
    killed: set[int] = set()
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    rest = ""
    while True:
        for _ in waiting.select(0.02):
            text = os.read(0, 1 << 16).decode()
            if not text:
                _kill(running)
                return
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                run = json.loads(line)
                running[_start(run)] = (run, time.monotonic())
        for pid, (run, since) in list(running.items()):
            if time.monotonic() - since > run["seconds"] and pid not in killed:
                killed.add(pid)
                os.killpg(pid, signal.SIGKILL)
        _report(running, killed)


def _report(running: dict[int, tuple[dict[str, Any], float]], killed: set[int]) -> None:
    while running:
        pid, state, usage = os.wait4(-1, os.WNOHANG)
        if not pid:
            return
        run, since = running.pop(pid)
        result = {
            "id": run["id"],
            "code": os.waitstatus_to_exitcode(state),
            "wall": time.monotonic() - since,
            "peak": usage.ru_maxrss / 1024,
            "killed": pid in killed,
        }
        print(json.dumps(result), flush=True)


def _kill(running: dict[int, Any]) -> None:
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _start(run: dict[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        _become(run)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    return pid


def _become(run: dict[str, Any]) -> NoReturn:
    """Runs the command in this fork, as the interpreter would in a process of its own."""
    os.setpgid(0, 0)
    os.environ.update(run["environment"])
    os.chdir(run["folder"])
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(run["folder"]) / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["diagnose", *run["arguments"]]
    from diagnose.cli.main import main as command

    command()
    sys.exit(0)


if __name__ == "__main__":
    main()
