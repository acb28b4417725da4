"""Nothing else is wrong."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP


def inject(lab: Lab) -> None:
    SHOP.patch(lab, "cronjob/refresh-prices", {"spec": {"suspend": True}})


FAULT = Fault(
    id="A02",
    title="A CronJob is suspended",
    scene=SHOP,
    inject=inject,
    settled=SHOP.is_healthy,
    heal=nothing,
    causes=("workload.cron-job-suspended",),
    names=("refresh-prices",),
    warns=True,
)
