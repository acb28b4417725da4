"""Nothing is changed."""

from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

FAULT = Fault(
    id="A01",
    title="A web server, its backend, a StatefulSet, a DaemonSet, a Job and a CronJob",
    scene=SHOP,
    inject=nothing,
    settled=SHOP.is_healthy,
    heal=nothing,
    causes=(),
)
