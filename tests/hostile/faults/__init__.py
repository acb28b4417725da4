"""The faults: what an API server, a proxy before it, a container or a tunnel may do instead of answering."""

import importlib

from tests.hostile.faults.fault import FAULTS, Expected, Fault

__all__ = ["FAULTS", "Expected", "Fault"]

for _name in ("refusals", "bodies", "connections", "floods", "logs", "commands", "sockets", "tunnels"):
    importlib.import_module(f"{__name__}.{_name}")
