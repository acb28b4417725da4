"""Answers of Temporal's frontend through a whole port-forward: one call is refused, silent, reset or no message."""

import base64
from collections.abc import Callable
from dataclasses import replace

from tests.hostile.capture import Call, Capture
from tests.hostile.faults.fault import TUNNELS, Apply, Expected, fault
from tests.hostile.server import Exchange
from tests.hostile.tunnels import RESET, Frontend, Server

PORT = 7233
TEXT = "made-up refusal"
MENTIONS = (
    rf"{TEXT}|PERMISSION_DENIED|UNIMPLEMENTED|UNAVAILABLE|INTERNAL|in time|within|deadline|reset|answer|decod|pars"
)
STATUSES = {"permission-denied": "7", "exhausted": "8", "unimplemented": "12", "internal": "13", "unavailable": "14"}
# Whose answer is missed: a run without the others may still know enough.
NEEDED = {"DescribeTaskQueue", "ListWorkflowExecutions", "ListSchedules", "DescribeNamespace"}
# A frontend that refuses these is one that does not serve, or not this namespace, which is a finding.
ABOUT_THE_SERVER = {
    "GetSystemInfo": ("temporal.*",),
    "Check": ("temporal.not-serving",),
    "DescribeNamespace": ("temporal.namespace-unreadable",),
    "DescribeTaskQueue": ("temporal.queue-forbidden", "temporal.matching-unavailable"),
}


def _spoiled(method: str, spoil: Callable[[Call], Call | None]) -> Apply:
    def servers(capture: Capture, port: int, first: bytes) -> Server:
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


for _method in ("GetSystemInfo", "Check", "DescribeNamespace", "DescribeTaskQueue", "ListWorkflowExecutions",
                "ListSchedules", "CountWorkflowExecutions"):  # fmt: skip
    _expected = Expected.UNKNOWN if _method in NEEDED else Expected.EITHER
    _findings = ABOUT_THE_SERVER.get(_method, ())
    for _name, _status in STATUSES.items():
        # Older servers have no schedules and no counts.
        _either = _name == "unimplemented" and _method in {"ListSchedules", "ListWorkflowExecutions"}
        fault(
            "temporal",
            TUNNELS,
            MENTIONS,
            Expected.EITHER if _either else _expected,
            name=f"temporal-{_method}-{_name}",
            findings=_findings,
            port=PORT,
        )(_spoiled(_method, _refused(_status)))
    fault("temporal", TUNNELS, MENTIONS, _expected, name=f"temporal-{_method}-silent", slow=True, port=PORT)(
        _spoiled(_method, lambda _: None)
    )
    fault("temporal", TUNNELS, MENTIONS, _expected, name=f"temporal-{_method}-reset", port=PORT)(
        _spoiled(_method, _refused(RESET))
    )
    fault("temporal", TUNNELS, MENTIONS, _expected, name=f"temporal-{_method}-garbage", port=PORT)(
        _spoiled(_method, _garbage)
    )
