"""A variable is no number."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.set_env(lab, "statefulset/carts", "PORT=eighty")


FAULT = Fault(
    id="A19",
    title="A StatefulSet is stuck at its last ordinal: its program ends with a traceback",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, "carts-1", "ValueError"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("carts",),
)
