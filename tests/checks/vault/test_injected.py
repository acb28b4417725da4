"""Pods with and without a Vault agent."""

from checks.vault.injected import INJECTED
from tests.support.kit import codes, findings
from tests.support.objects import pod
from tests.support.vault import AGENT, CONTAINER, NOTES, injected

BARE = pod("worker-1", CONTAINER, annotations=NOTES)
WITH_AGENT = pod("worker-2", CONTAINER, AGENT, annotations=NOTES)


def test_a_pod_that_was_made_without_its_agent_is_found() -> None:
    (finding,) = findings(INJECTED, injected(BARE, WITH_AGENT))
    assert finding.code == "vault.pod-not-injected"
    assert finding.pods == ("worker-1",)
    assert "while 1 of the same template" in finding.summary


def test_a_pod_with_its_agent_is_well() -> None:
    assert codes(INJECTED, injected(WITH_AGENT)) == []
