"""A startup probe gives the worker two seconds."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import restarts


def inject(lab: Lab) -> None:
    probe = {"httpGet": {"path": "/health", "port": "health"}, "periodSeconds": 1, "failureThreshold": 2}
    worker.patch_container(lab, {"startupProbe": probe})


FAULT = Fault(
    id="X37",
    title="The startup probe gives too little time",
    inject=inject,
    settled=lambda lab: restarts(lab) > 1,
    heal=nothing,
    causes=("health.probe-too-early",),
    names=("startup",),
    timeout_s=240.0,
)
