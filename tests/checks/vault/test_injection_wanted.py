"""The annotations that ask for a Vault agent."""

from checks.vault.injection_wanted import INJECTION_WANTED
from tests.support.kit import findings
from tests.support.objects import pod
from tests.support.vault import AGENT, CONTAINER, NOTES, PREFIX, injected

MARKED = {f"{PREFIX}agent-inject-status": "injected"}


def test_a_template_with_the_injector_s_mark_gets_no_agent() -> None:
    (finding,) = findings(
        INJECTION_WANTED, injected(pod("worker-1", CONTAINER, age_s=60, annotations=NOTES), notes=MARKED)
    )
    assert finding.code == "vault.marked-injected"


def test_the_mark_of_a_pod_that_has_its_agent_is_well() -> None:
    assert not findings(
        INJECTION_WANTED, injected(pod("worker-1", CONTAINER, AGENT, age_s=60, annotations=NOTES), notes=MARKED)
    )
