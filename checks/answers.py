"""What the health endpoint's answers mean."""

from json import JSONDecodeError, loads
from typing import Any

from diagnose.check.api import Code

REFUSED = Code(
    id="health.endpoint-silent",
    meaning="Nothing answers where the probes ask, though the worker has run for longer than a start may take.",
    fix="Find the step that the start hangs in; see logs.startup-complete.",
    heals=True,
)
UNHEALTHY = Code(
    id="health.endpoint-unhealthy",
    meaning="The worker answers its probes, and says that it is not well.",
    fix="Follow what the body of the answer says.",
    heals=True,
)
QUEUE = Code(
    id="health.queue-not-running",
    meaning="The worker's own health report names a queue whose poller has stopped or failed.",
    fix="Read the worker's log about that queue, and restart the pod.",
    heals=True,
)
CODES = (REFUSED, UNHEALTHY, QUEUE)


def stopped(body: str) -> list[tuple[str, str]]:
    """Queues that a newer worker's report names with another state than running."""
    try:
        report: Any = loads(body)
        queues = report.get("queues", []) if isinstance(report, dict) else []
        told = [(str(each.get("taskQueue", "?")), str(each.get("state", "RUNNING"))) for each in queues]
    except (JSONDecodeError, AttributeError, TypeError):
        return []
    return [(queue, state) for queue, state in told if state not in {"RUNNING", "INITIALIZED"}]
