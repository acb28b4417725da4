"""What a fault is: how it comes, how it shows, how it goes, and what a diagnosis must answer."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.lab.cluster import Lab


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault. `settled` says whether the shape that it is known for has been reached."""

    id: str
    title: str
    inject: Callable[[Lab], None]
    settled: Callable[[Lab], bool]
    heal: Callable[[Lab], None]
    causes: tuple[str, ...]
    """The finding codes expected: the first is the root cause, further ones are independent causes; none: healthy."""
    names: tuple[str, ...] = ()
    """What the summary of the first cause must contain."""
    timeout_s: float = 120.0
    """How long it may take to settle."""


def nothing(lab: Lab) -> None:
    """Heal a fault that the worker's rollback alone takes away."""
