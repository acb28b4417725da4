"""The agent's login to Vault."""

import pytest

from checks.vault.agent_logged_in import AGENT_LOGGED_IN
from tests.support.kit import Json, codes, findings
from tests.support.objects import pod, running, terminated
from tests.support.vault import CONTAINER, NOTES, injected
from tests.support.vault_login import failed_login, refused

INIT = "vault-agent-init"


def initializing(status: Json) -> Json:
    """Returns a pod whose agent runs before the worker and has this status."""
    return pod(
        "worker-1",
        CONTAINER,
        annotations=NOTES,
        initContainers=[{"name": INIT}],
        status={"initContainerStatuses": [{**status, "name": INIT}]},
    )


def test_a_refused_login_has_the_code_of_its_reason() -> None:
    assert codes(AGENT_LOGGED_IN, failed_login(refused("invalid issuer (iss) claim"))) == ["vault.issuer-mismatch"]


@pytest.mark.parametrize(("since_s", "expected"), [(3600, ["vault.agent-stuck"]), (5, [])])
def test_an_agent_that_runs_for_long_without_an_end_is_stuck(since_s: float, expected: list[str]) -> None:
    assert codes(AGENT_LOGGED_IN, injected(initializing(running(INIT, since_s=since_s)))) == expected


def test_an_agent_that_ends_with_an_error_keeps_the_worker_from_starting() -> None:
    (finding,) = findings(AGENT_LOGGED_IN, injected(initializing({"state": terminated(1)})))
    assert finding.code == "vault.agent-ended"
    assert "exit code 1" in finding.summary


def test_an_agent_that_is_done_is_well() -> None:
    assert codes(AGENT_LOGGED_IN, injected(initializing({"state": terminated(0)}))) == []
