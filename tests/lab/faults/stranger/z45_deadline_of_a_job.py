"""A Job takes longer than its deadline: its pod is deleted, with its log (argoproj/argo-workflows#7081)."""

import json

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import SHOP

NAME = "import-products"
PROGRAM = "import time; print('importing 120000 products', flush=True); time.sleep(3600)"


def inject(lab: Lab) -> None:
    SHOP.change_job(lab, NAME, {"command": ["python", "-c", PROGRAM]})
    deadline = json.dumps({"spec": {"activeDeadlineSeconds": 15}})
    lab.kubectl("-n", SHOP.namespace, "patch", "job", NAME, "--type=merge", "-p", deadline)


FAULT = Fault(
    id="Z45",
    title="A Job takes longer than its deadline",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.has_failed(lab, NAME),
    heal=nothing,
    causes=("workload.job-failed",),
    names=(NAME, "15"),
)
