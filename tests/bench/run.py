"""Measures speed and scale: `python -m tests.bench.run`; the cluster's part only where one is reachable."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import signatures
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Writer, find
from diagnose.queries.kubernetes import LogText
from diagnose.sources.kubernetes.logs import lines_of, retained
from reports.fleet import FORMATS
from tests.bench import crowd, fleet
from tests.bench.usage import medians
from tests.support import recordings

RUNS = 5
PODS = 5000
ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "diagnose")
ALL = (*PROGRAM, "all", "-n", "msp")
# What a healthy run lists in the namespace of the worker.
KUBECTL = (
    "kubectl", "-n", "msp", "get", "-o", "json",
    "pods,deployments,replicasets,services,endpointslices,configmaps,events,serviceaccounts,networkpolicies,"
    "horizontalpodautoscalers,poddisruptionbudgets,resourcequotas,limitranges",
)  # fmt: skip


def state() -> str:
    """Returns in which state the program is measured: whether its byte code is compiled."""
    files = [path for folder in ("checks", "diagnose", "reports") for path in (ROOT / folder).rglob("*.py")]
    compiled = sum(Path(cache_from_source(str(each))).exists() for each in files)
    kept = "not kept (PYTHONDONTWRITEBYTECODE)" if os.environ.get("PYTHONDONTWRITEBYTECODE") else "kept"
    return f"byte code of {compiled} of {len(files)} modules is compiled, that of others is {kept}"


def has_cluster() -> bool:
    """Whether kubectl and the namespace of the lab are there."""
    found = shutil.which("kubectl")
    return bool(found) and subprocess.run([*KUBECTL[:4], "pods"], capture_output=True, check=False).returncode == 0


def print_speed() -> None:
    """Prints the table of whole runs, each beside the bare minimum: the interpreter, or kubectl's lists."""
    tables = [
        {
            "python -c pass": (sys.executable, "-c", "pass"),
            "diagnose --help": (*PROGRAM, "--help"),
            "diagnose list": (*PROGRAM, "list"),
            "diagnose all --replay V10": (*PROGRAM, "all", "--replay", str(recordings.path("V10"))),
        }
    ]
    if has_cluster():
        tables.append({"kubectl get": KUBECTL, "diagnose all": ALL, "diagnose all --no-exec": (*ALL, "--no-exec")})
    print(f"{'command':28} {'wall':>8} {'ratio':>6} {'CPU':>8} {'ratio':>6} {'memory':>8}   (medians of {RUNS})")
    for rows in tables:
        first, *_ = found = medians(*rows.values(), runs=RUNS)
        for name, each in zip(rows, found, strict=True):
            wall, cpu = each.wall_s / first.wall_s, each.cpu_s / first.cpu_s
            print(f"{name:28} {each.wall_s:6.2f} s {wall:6.1f} {each.cpu_s:6.2f} s {cpu:6.1f} {each.memory_mb:5.0f} MB")


def print_scale() -> None:
    """Prints the table of runs on many pods."""
    print(f"{'pods':22} {'wall':>8} {'CPU':>8} {'memory':>8} {'calls':>6} {'console':>10}")
    for name in crowd.STATES:
        for pods in (PODS // 100, PODS):
            found, calls, _ = crowd.row(pods, name, "--timeout", "120")
            print(
                f"{pods:6} {name:15} {found.wall_s:6.1f} s {found.cpu_s:6.1f} s {found.memory_mb:5.0f} MB {calls:6} "
                f"{found.size:8} B"
            )


def print_fleet() -> None:
    """Prints the table of merging the reports of many namespaces."""
    with TemporaryDirectory() as folder:
        fleet.write(Path(folder))
        merge = (*PROGRAM, "merge", folder, "--expect", str(Path(folder) / fleet.EXPECTED), "-o")
        print(f"{'merge of ' + str(fleet.TARGETS):22} {'wall':>8} {'CPU':>8} {'memory':>8}")
        for form, found in zip(FORMATS, medians(*((*merge, form) for form in FORMATS), runs=RUNS), strict=True):
            print(f"{form:22} {found.wall_s:6.1f} s {found.cpu_s:6.1f} s {found.memory_mb:5.0f} MB")


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
    """Print the tables."""
    print(f"{state()}\n")
    print_speed()
    print()
    print_scale()
    print()
    print_fleet()
    read, matched = log_speed()
    print(f"\nlog reading: {read:.0f} MB/s, with all signatures: {matched:.0f} MB/s")


if __name__ == "__main__":
    main()
