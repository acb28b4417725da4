"""What a command takes, measured as a whole process; run as a script, it starts the command and prints its usage."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What one run of a command took; `size` is that of its output in bytes."""

    exit_code: int
    wall_s: float
    cpu_s: float
    memory_mb: float
    size: int


def usage_of(command: Sequence[str], environment: Mapping[str, str] | None = None, output: Path | None = None) -> Usage:
    """Returns what a command took; its output goes to the file.

    A small process starts it, because the memory of whoever starts a process counts as that of the process.
    """
    starter = [sys.executable, "-S", "-E", __file__, str(output or os.devnull), *command]
    done = subprocess.run(starter, capture_output=True, text=True, check=True, env=environment)
    return Usage(**json.loads(done.stdout))


def medians(*commands: Sequence[str], runs: int) -> list[Usage]:
    """Returns the medians of several runs of commands, which take turns, so that a busy machine is fair to all."""
    turns = [[usage_of(each) for each in commands] for _ in range(runs + 1)][1:]
    return [_median(each) for each in zip(*turns, strict=True)]


def _median(runs: Sequence[Usage]) -> Usage:
    def of(name: str) -> float:
        return float(statistics.median(getattr(each, name) for each in runs))

    return Usage(runs[0].exit_code, of("wall_s"), of("cpu_s"), of("memory_mb"), int(of("size")))


def main() -> None:
    """Run the command of the arguments behind the file for its output, and print the usage."""
    path, *command = sys.argv[1:]
    with Path(path).open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    found = {"exit_code": process.returncode, "wall_s": wall_s, "cpu_s": used.ru_utime + used.ru_stime}
    print(json.dumps(found | {"memory_mb": used.ru_maxrss / 1024, "size": Path(path).stat().st_size}))


if __name__ == "__main__":
    main()
