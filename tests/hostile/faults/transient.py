"""Faults that are gone at the next try."""

from tests.hostile.faults import connections, refusals  # noqa: F401 - their faults
from tests.hostile.faults.fault import CUT, FAULTS, LISTS, Apply, Expected, fault
from tests.hostile.server import Exchange


def once(apply: Apply) -> Apply:
    def first_time(exchange: Exchange) -> None:
        if exchange.times:
            exchange.proceed()
        else:
            apply(exchange)

    return first_time


for _name in ("429", "429-retry-after-1", "502", "503", "504", "reset", "close"):
    _fault = FAULTS[_name]
    fault("once", _fault.kinds, _fault.mentions, Expected.HEALTHY, name=f"{_name}-once")(once(_fault.apply))
fault("once", LISTS, CUT, Expected.HEALTHY, name="close-mid-body-once")(once(FAULTS["close-mid-body"].apply))
