"""A worker that is ready logs an error every other second, and no other thing shows that anything is wrong."""

from datetime import UTC, datetime

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.process._preload import WHEN_LISTENING, forget, preload

MESSAGE = "Contact sync skipped"
CODE = (
    WHEN_LISTENING
    + """
whenListening(() => setInterval(() => {
  const told = JSON.stringify({ error: 'Graph answers 429', tenant: 't1', timestamp: new Date().toISOString() });
  process.stdout.write(`\\u001b[31merror\\u001b[39m: Contact sync skipped ${told}\\n`);
}, 2000));
"""
)
READY_AT = "all pods are new and ready since"
ENOUGH_S = 50.0


def is_settled(lab: Lab) -> bool:
    if len(worker.new_pods(lab)) != len(worker.pods(lab)) or not worker.is_healthy(lab):
        return False
    since = datetime.fromisoformat(lab.memory.setdefault(READY_AT, datetime.now(UTC).isoformat()))
    return (datetime.now(UTC) - since).total_seconds() > ENOUGH_S


FAULT = Fault(
    id="X65",
    title="A worker that is ready logs errors in numbers",
    inject=lambda lab: preload(lab, CODE),
    settled=is_settled,
    heal=forget,
    causes=("logs.error-rate",),
    names=(MESSAGE,),
    timeout_s=300.0,
    replaces_pods=True,
    warns=True,
)
