"""The health endpoint listens on another port than the probes ask."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import fails_probe_after


def inject(lab: Lab) -> None:
    worker.set_env(lab, "HEALTH_CHECK_PORT=9090")


FAULT = Fault(
    id="H09",
    title="The health port differs from the probes'",
    inject=inject,
    settled=lambda lab: fails_probe_after(lab, "Health check server listening on port 9090"),
    heal=nothing,
    causes=("health.port-mismatch",),
    names=(
        "9090",
        "8080",
    ),
    timeout_s=180.0,
)
