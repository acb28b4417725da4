"""Whether Vault has an active node."""

from checks.vault.active_node import ACTIVE_NODE
from tests.support.kit import findings
from tests.support.vault_login import ADDRESS, failed_login, unanswered


def test_a_standby_that_sends_agents_to_a_dead_leader_has_no_active_node() -> None:
    dead = r"Put \"http://10.1.0.9:8200/v1/auth/kubernetes/login\": dial tcp 10.1.0.9:8200: i/o timeout"
    (found,) = findings(ACTIVE_NODE, failed_login(unanswered(dead)))
    assert found.code == "vault.no-active-node"
    assert "http://10.1.0.9:8200" in found.summary
    own = rf"Put \"{ADDRESS}/v1/auth/kubernetes/login\": dial tcp 10.96.32.168:8200: i/o timeout"
    assert not findings(ACTIVE_NODE, failed_login(unanswered(own)))
