"""Files in a volume of medium Memory count against the limit, also after a restart (kubernetes/kubernetes#128339)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

PROGRAM = """
import runpy
print("filling the cache", flush=True)
with open("/cache/products", "ab") as cache:
    for each in range(120):
        cache.write(bytes(1_000_000))
runpy.run_module("shop.web", run_name="__main__")
"""


def inject(lab: Lab) -> None:
    container = {
        "name": "web",
        "command": ["python", "-c", PROGRAM],
        "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
    }
    volume = {"name": "cache", "emptyDir": {"medium": "Memory"}}
    template = {"spec": {"containers": [container], "volumes": [volume]}}
    SHOP.patch(lab, "deployment/catalog", {"spec": {"template": template}})


FAULT = Fault(
    id="Z07",
    title="A cache in a volume in memory uses a container's memory up",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "catalog", "CrashLoopBackOff", "RunContainerError"),
    heal=nothing,
    causes=("workload.memory-volume",),
    names=("cache", "96Mi"),
)
