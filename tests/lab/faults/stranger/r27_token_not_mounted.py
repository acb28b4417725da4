"""A program reads the token of its service account, which is not mounted (pomerium/pomerium#5279)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

NAME = "endpoint-watcher"
PROGRAM = """
import time
token = open("/var/run/secrets/kubernetes.io/serviceaccount/token").read()
print("watching with a token of", len(token), "characters")
time.sleep(86400)
"""


def inject(lab: Lab) -> None:
    SHOP.apply(lab, _shop.deployment(NAME, _shop.container(_shop.python_image(lab), "python", "-c", PROGRAM)))


FAULT = Fault(
    id="R27",
    title="The token that a program reads is not mounted",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, NAME, "FileNotFoundError"),
    heal=nothing,
    causes=("workload.token-not-mounted",),
    names=(NAME,),
)
