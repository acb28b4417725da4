"""A StatefulSet's pod waits for its own name, which is published once it is ready (kubernetes/kubernetes#92559)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

PROGRAM = """
import runpy, socket, time
peer = f"{socket.gethostname()}.carts"
while True:
    try:
        socket.gethostbyname(peer)
        break
    except OSError as error:
        print(f"waiting for {peer}: {error}", flush=True)
        time.sleep(2)
runpy.run_module("shop.web", run_name="__main__")
"""


def inject(lab: Lab) -> None:
    probe = {"livenessProbe": None, "command": ["python", "-c", PROGRAM]}
    SHOP.patch_container(lab, "statefulset/carts", "web", probe)


FAULT = Fault(
    id="Z22",
    title="A pod waits for a name that is published when the pod is ready",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.repeats(lab, "carts", "waiting for "),
    heal=nothing,
    causes=("network.unready-not-published",),
    names=("carts", "publishNotReadyAddresses"),
)
