"""Answers of Temporal's frontend through a whole port-forward: one call is refused, silent, reset or no message."""

import base64
from collections.abc import Callable
from dataclasses import replace

from tests.hostile.capture import Call, Capture
from tests.hostile.faults.fault import TUNNELS, Apply, Expected, fault
from tests.hostile.server import Exchange
from tests.hostile.tunnels import PREFACE, RESET, Frontend, Server, server_of

PORT = 7233
TEXT = "made-up refusal"
MENTIONS = (
    rf"{TEXT}|PERMISSION_DENIED|UNIMPLEMENTED|UNAVAILABLE|INTERNAL|in time|within|deadline|reset|answer|decod|pars"
)
STATUSES = {"permission-denied": "7", "exhausted": "8", "unimplemented": "12", "internal": "13", "unavailable": "14"}
# Whose answer is missed, and by which commands: a run without the others may still know enough.
OF_QUEUES = ("all", "pod", "gate post")
NEEDED = {
    "DescribeTaskQueue": OF_QUEUES,
    "ListWorkflowExecutions": ("all", "gate post"),
    "ListSchedules": ("all", "gate post"),
    "DescribeNamespace": ("all", "pod", "gate pre", "gate post"),
}
# A frontend that refuses these is one that does not serve, or not this namespace, which is a finding.
ABOUT_THE_SERVER = {
    "GetSystemInfo": ("temporal.*",),
    "Check": ("temporal.not-serving",),
    "DescribeNamespace": ("temporal.namespace-unreadable",),
    "DescribeTaskQueue": ("temporal.queue-forbidden", "temporal.matching-unavailable"),
}


def _spoiled(method: str, spoil: Callable[[Call], Call | None]) -> Apply:
    def servers(capture: Capture, port: int, first: bytes) -> Server:
        if not first.startswith(PREFACE):
            return server_of(capture, port, first)
        return Frontend(capture, lambda call: spoil(call) if call.method.endswith(f"/{method}") else call)

    def apply(exchange: Exchange) -> None:
        exchange.handshake()
        exchange.open_port()
        exchange.tunnel(servers)

    return apply


def _refused(status: str) -> Callable[[Call], Call]:
    return lambda call: replace(call, status=status, message=TEXT)


def _garbage(call: Call) -> Call:
    return replace(call, at="", response=base64.b64encode(b"\xff" * 64).decode())


def _register(method: str, name: str, spoil: Callable[[Call], Call | None], *, slow: bool = False) -> None:
    # Older servers have no schedules.
    older = name == "unimplemented" and method == "ListSchedules"
    fault(
        "temporal",
        TUNNELS,
        MENTIONS,
        Expected.UNKNOWN if method in NEEDED and not older else Expected.EITHER,
        name=f"temporal-{method}-{name}",
        slow=slow,
        findings=ABOUT_THE_SERVER.get(method, ()),
        port=PORT,
        missed_by=NEEDED.get(method, ()),
    )(_spoiled(method, spoil))


for _method in (*NEEDED, "GetSystemInfo", "Check", "CountWorkflowExecutions"):
    for _name, _status in STATUSES.items():
        _register(_method, _name, _refused(_status))
    _register(_method, "reset", _refused(RESET))
    _register(_method, "garbage", _garbage)
    _register(_method, "silent", lambda _: None, slow=True)
