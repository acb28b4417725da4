"""Steps that change what the agents of pods get from Vault."""

import pytest

from diagnose.domain.vault.agents import uses_unlimited
from tests.support.kit import context
from tests.support.objects import pod
from tests.support.vault import AGENT


@pytest.mark.parametrize(("ready", "then"), [(False, " && kubectl -n msp delete pod worker-1"), (True, "")])
def test_pods_that_wait_with_a_token_of_few_uses_are_replaced(ready: bool, then: str) -> None:
    ctx = context(pod("worker-1", AGENT, ready=ready))
    command = str(uses_unlimited(ctx, "auth/kubernetes").command)
    assert command.endswith(f"token_num_uses=0{then}")
