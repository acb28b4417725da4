"""The kernel kills a child of the main process, of which Kubernetes shows nothing (kubernetes/kubernetes#50632)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

PROGRAM = """
import subprocess, sys, threading, time
from shop import web
threading.Thread(target=web.main, daemon=True).start()
time.sleep(2)
work = "import time; rows = bytearray(200_000_000); time.sleep(600)"
while True:
    child = subprocess.Popen([sys.executable, "-c", work])
    code = child.wait()
    web.logger.error("renderer %s ended with %s, starting another", child.pid, code)
    time.sleep(5)
"""


def inject(lab: Lab) -> None:
    SHOP.patch_container(lab, "deployment/catalog", "web", {"command": ["python", "-c", PROGRAM]})


FAULT = Fault(
    id="Z08",
    title="A child of the main process is killed for memory, time and again",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "catalog", "ended with -9"),
    heal=nothing,
    causes=("workload.child-oom-killed",),
    names=("96Mi",),
)
