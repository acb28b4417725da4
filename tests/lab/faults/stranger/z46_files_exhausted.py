"""The process may open few files, as after a change of the runtime's limits (awslabs/amazon-eks-ami#1551)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

PROGRAM = """
import pathlib, resource, runpy, time
resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
for each in range(60):
    pathlib.Path(f"/tmp/shard-{each}").touch()
shards = [open(f"/tmp/shard-{each}") for each in range(60)]
runpy.run_module("shop.web", run_name="__main__")
"""


def inject(lab: Lab) -> None:
    SHOP.patch_container(lab, "deployment/catalog", "web", {"command": ["python", "-c", PROGRAM]})


FAULT = Fault(
    id="Z46",
    title="A process may not open as many files as it needs",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, "catalog", "Too many open files"),
    heal=nothing,
    causes=("process.files-exhausted",),
    names=("catalog",),
)
