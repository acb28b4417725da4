"""The lease that a program waits for, by the log of its leader election."""

import pytest

from diagnose.domain.kubernetes.leases import awaited_lease

GO = "I0101 00:00:00.0 1 leaderelection.go:257] attempting to acquire leader lease shop/stock-leader..."
HELD = "I0101 00:00:00.0 1 leaderelection.go:355] lock is held by stock-7c9d8b6f5d-x2x7q_3b1f and has not yet expired"
KEYED = 'I0101 1 leaderelection.go:257] "Attempting to acquire leader lease..." lock="shop/stock-leader"'
KEYED_HELD = (
    'I0101 1 leaderelection.go:380] "Lease is held and has not yet expired" lock="shop/stock-leader" '
    'holder="stock-7c9d8b6f5d-x2x7q_3b1f"'
)
JAVA = "Attempting to acquire leader lease 'LeaseLock: shop - stock-leader (stock-7c9d8b6f5d-aaaaa)'..."
JAVA_HELD = "Lock is held by stock-7c9d8b6f5d-x2x7q_3b1f and has not yet expired"


@pytest.mark.parametrize(("begun", "held"), [(GO, HELD), (KEYED, KEYED_HELD), (JAVA, JAVA_HELD)])
def test_the_lease_and_its_holder_are_read(begun: str, held: str) -> None:
    found = awaited_lease(["starting", begun, held])
    assert found is not None
    assert (found.namespace, found.name, found.pod) == ("shop", "stock-leader", "stock-7c9d8b6f5d-x2x7q")


def test_without_a_holder_the_lease_is_known() -> None:
    found = awaited_lease([GO])
    assert found is not None
    assert (found.name, found.pod, found.line) == ("stock-leader", "", GO)


@pytest.mark.parametrize("lines", [[], [HELD], [GO, HELD, "successfully acquired lease shop/stock-leader"]])
def test_a_program_that_has_its_lease_or_wants_none_waits_for_none(lines: list[str]) -> None:
    assert awaited_lease(lines) is None
