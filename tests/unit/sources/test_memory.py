"""Large blocks do not stay with the threads that had them."""

import subprocess
import sys

PROGRAM = """
import sys, threading
from pathlib import Path
from diagnose.sources.memory import return_large_blocks

if sys.argv[1] == "yes":
    return_large_blocks()

def use():
    blocks = [bytearray(b"x") * (12 << 20) for _ in range(3)]
    del blocks
    freed.release()
    ended.wait()

freed, ended = threading.Semaphore(0), threading.Event()
bytearray(b"x") * (20 << 20)
for _ in range(10):
    threading.Thread(target=use).start()
    freed.acquire()
ended.set()
# Not getrusage, which has the peak of the process that started this one, too.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
print(int(peak.split()[1]) // 1024)
"""


def peak_mb(returned: str) -> int:
    """Returns the peak memory of ten threads that have 36 MB each, one after the other."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, returned], capture_output=True, text=True, check=True, timeout=60
    )
    return int(ended.stdout)


def test_freed_blocks_of_other_threads_take_no_memory() -> None:
    assert peak_mb("yes") < 150
