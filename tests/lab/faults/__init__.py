"""Every fault there is, found by its file: `faults/<topic>/<id>_<what>.py`, each with one `FAULT`."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

from tests.lab.fault import Fault

TOPICS = (
    "healthy",
    "vault",
    "workload",
    "database",
    "temporal",
    "process",
    "config",
    "release",
    "prerequisites",
    "policy",
    "compound",
    "workers",
    "plain",
    "stranger",
)


def _modules(topic: str) -> Iterator[ModuleType]:
    package = importlib.import_module(f"{__name__}.{topic}")
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith("_"):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def _all() -> tuple[Fault, ...]:
    found = [replace(module.FAULT, topic=topic) for topic in TOPICS for module in _modules(topic)]
    # What replaces the healthy pods is forgotten last, and so tried last.
    return tuple(sorted(found, key=lambda fault: fault.replaces_pods))


def _not_injected() -> dict[str, str]:
    packages = [importlib.import_module(f"{__name__}.{topic}") for topic in TOPICS]
    return {key: reason for package in packages for key, reason in getattr(package, "NOT_INJECTED", {}).items()}


FAULTS = _all()
NOT_INJECTED = _not_injected()
"""The faults of the field's catalogue that are not injected here: id and the reason."""
