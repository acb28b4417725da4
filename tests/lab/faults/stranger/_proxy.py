"""The kube-proxy of a node, which a fault lets hang or ends: the node's rules then stay as they are."""

import json
import os
import signal

from tests.lab.cluster import LabError
from tests.lab.kubernetes import processes
from tests.lab.kubernetes.settings import RUN


def hang(node: str) -> None:
    """Let the process stand still."""
    os.kill(_pid(node), signal.SIGSTOP)


def wake(node: str) -> None:
    """Let it go on."""
    os.kill(_pid(node), signal.SIGCONT)


def stop(node: str) -> None:
    """End the process; the rules that it has made stay."""
    processes.stop([_name(node)])


def start(node: str) -> None:
    """Start it again, as it was started before."""
    command = json.loads((RUN / f"{_name(node)}.json").read_text())["command"]
    processes.start(_name(node), f"diagnose-{node}", command)


def _name(node: str) -> str:
    return f"kube-proxy-{node}"


def _pid(node: str) -> int:
    pid = processes.pid_of(_name(node))
    if not pid:
        raise LabError(f"{_name(node)} does not run")
    return pid
