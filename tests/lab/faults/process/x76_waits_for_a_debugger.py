"""Node waits for a debugger that nobody connects, since a change for an investigation was left behind."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.scene import Scene


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NODE_OPTIONS=--inspect-brk=0.0.0.0:9229")


def is_restarted(lab: Lab) -> bool:
    """Whether the liveness probe has ended the first run, which the next one follows at once."""
    names = [pod["metadata"]["name"] for pod in worker.new_pods(lab)]
    return any(Scene(worker.NAMESPACE).restarts(lab, name) for name in names)


FAULT = Fault(
    id="X76",
    title="The worker waits for a debugger",
    inject=inject,
    settled=is_restarted,
    heal=nothing,
    causes=("release.change-suspected",),
    names=("NODE_OPTIONS",),
    timeout_s=300.0,
)
