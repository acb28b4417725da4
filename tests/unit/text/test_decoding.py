"""Decoding from several threads at once, in a process of its own, because what it guards against ends the process."""

import subprocess
import sys

PROGRAM = """
import sys, threading, msgspec
from diagnose.text.decoding import from_json

def decode(kind, barrier):
    barrier.wait()
    from_json(b'{"f0": {"f0": {"f0": 1}}, "f1": {"f1": {"f1": 1}}}', kind)

for number in range(400):
    kind = int
    for _ in range(3):
        kind = msgspec.defstruct("Level", [(f"f{n}", kind | None, None) for n in range(20)])
    barrier = threading.Barrier(8)
    threads = [threading.Thread(target=decode, args=(kind, barrier)) for _ in range(8)]
    sys.setswitchinterval(1e-6)
    for each in threads: each.start()
    for each in threads: each.join()
"""


def test_types_may_be_used_first_by_several_threads_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
