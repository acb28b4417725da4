"""Work beside the worker, in its container: it counts for the container's control group."""

import subprocess

from tests.lab import worker
from tests.lab.cluster import Lab

MARK = "lab-load"


def start(lab: Lab, pod: str, program: str, seconds: int) -> None:
    """Run a program of node in a pod's worker container for a time, and do not wait for it."""
    script = f"/* {MARK} */ setTimeout(() => process.exit(0), {seconds * 1000}); {program}"
    command = ("kubectl", "-n", worker.NAMESPACE, "exec", pod, "-c", worker.NAME, "--", "node", "-e", script)
    subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lab.memory[MARK] = pod


def stop(lab: Lab) -> None:
    """End it."""
    own = "grep -qs lab-load $each/cmdline && [ ${each#/proc/} != $$ ]"
    find = f"for each in /proc/[0-9]*; do {own} && kill ${{each#/proc/}}; done; true"
    lab.try_kubectl("-n", worker.NAMESPACE, "exec", lab.memory[MARK], "-c", worker.NAME, "--", "bash", "-c", find)
