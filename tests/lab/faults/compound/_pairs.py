"""Two independent faults at once: both are put in, both must be found, both are taken out."""

from collections.abc import Callable

from tests.lab.cluster import Lab
from tests.lab.fault import Fault


def both(first: Fault, second: Fault) -> Callable[[Lab], None]:
    """Put both faults in, one after the other."""

    def inject(lab: Lab) -> None:
        first.inject(lab)
        second.inject(lab)

    return inject


def neither(first: Fault, second: Fault) -> Callable[[Lab], None]:
    """Take both faults out; also the second where the first cannot be."""

    def heal(lab: Lab) -> None:
        try:
            first.heal(lab)
        finally:
            second.heal(lab)

    return heal
