"""The faults: what an API server, a proxy before it, a container or a tunnel may do instead of answering."""

import importlib
import pkgutil

from tests.hostile.faults.fault import FAULTS, Expected, Fault

__all__ = ["FAULTS", "Expected", "Fault"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
