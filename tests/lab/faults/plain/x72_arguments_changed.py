"""The arguments of a program are changed to ones with which it ends, without a word in its log."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    command = ["python", "-c", "import sys, shop.web; sys.exit(4)"]
    SHOP.patch_container(lab, "deployment/catalog", "web", {"command": command})


FAULT = Fault(
    id="X72",
    title="The command of a container was changed, and the program ends silently",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.waits(lab, "catalog", "CrashLoopBackOff"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("catalog", "command is"),
)
