"""One command sets two variables, of which the program reads only one."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.set_env(lab, "deployment/catalog", "GREETING=welcome", "PORT=eighty")


FAULT = Fault(
    id="X71",
    title="Of two variables that were changed together, one breaks the program",
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, "catalog", "ValueError"),
    heal=nothing,
    causes=("release.change-suspected",),
    names=("catalog", "PORT is eighty"),
)
