"""Measures what the design promises: `python -m tests.bench.run`; the cluster's part only where one is reachable."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checks import signatures
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Writer, find
from diagnose.queries.kubernetes import LogText
from diagnose.sources.kubernetes.logs import lines_of, retained
from tests.support import recordings

RUNS = 5
PROGRAM = (sys.executable, "-m", "diagnose")


def whole_process(*arguments: str) -> tuple[float, float]:
    """Median wall seconds, and the largest memory in MB, of several runs of a command."""
    walls, peaks = [], []
    for _ in range(RUNS):
        started = time.monotonic()
        process = subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        walls.append(time.monotonic() - started)
        peaks.append(usage.ru_maxrss / 1024)
    return statistics.median(walls), max(peaks)


def log_lines(megabytes: int) -> Iterator[bytes]:
    """A log as the kubelet streams it, in chunks."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    line = '{}Z info: Processed job {{"jobId":"{}","tenant":"t","timestamp":"2026"}}\n'
    size = number = 0
    while size < megabytes << 20:
        stamp = (at + timedelta(milliseconds=number)).isoformat(timespec="microseconds").removesuffix("+00:00")
        chunk = "".join(line.format(stamp, number + each) for each in range(500)).encode()
        number += 500
        size += len(chunk)
        yield chunk


def log_speed(megabytes: int = 100) -> tuple[float, float]:
    """Megabytes a second of reading a log, and of reading it and matching all signatures on what is kept."""
    chunks = list(log_lines(megabytes))
    started = time.monotonic()
    text: LogText = retained(lines_of(chunks))
    read_s = time.monotonic() - started
    log = ContainerLog(
        pod="p", container="c", writer=Writer.WORKER, run="current", ready=False, command=NONE, text=text
    )
    find((log,), signatures.load())
    return megabytes / read_s, megabytes / (time.monotonic() - started)


def main() -> None:
    """Print the table."""
    rows = [("diagnose --help", *whole_process("--help"))]
    incident = recordings.path("V10")
    rows.append(("diagnose all --replay V10", *whole_process("all", "--replay", str(incident))))
    if (
        shutil.which("kubectl")
        and subprocess.run(["kubectl", "-n", "msp", "get", "pods"], capture_output=True, check=False).returncode == 0
    ):
        rows.append(("diagnose all -n msp", *whole_process("all", "-n", "msp")))
        rows.append(("diagnose all -n msp --no-exec", *whole_process("all", "-n", "msp", "--no-exec")))
    print(f"{'command':34} {'median wall':>12} {'peak memory':>12}   ({RUNS} runs)")
    for name, wall, peak in rows:
        print(f"{name:34} {wall:10.2f} s {peak:9.0f} MB")
    read, matched = log_speed()
    print(f"log reading: {read:.0f} MB/s, with all signatures: {matched:.0f} MB/s")


if __name__ == "__main__":
    main()
