"""The pods' annotations ask Prometheus to scrape metrics, as the runbook has it; the worker serves none."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import is_new_pod_ready

ANNOTATIONS = {"prometheus.io/scrape": "true", "prometheus.io/port": "8080", "prometheus.io/path": "/metrics"}


def inject(lab: Lab) -> None:
    worker.patch_template(lab, {"metadata": {"annotations": ANNOTATIONS}})


FAULT = Fault(
    id="X66",
    title="Prometheus is told to scrape metrics that the worker does not serve",
    inject=inject,
    settled=is_new_pod_ready,
    heal=nothing,
    causes=("health.metrics-absent",),
    names=("8080/metrics", "404"),
    command=("audit", "--only", "health.scrape-answered"),
    replaces_pods=True,
    warns=True,
)
