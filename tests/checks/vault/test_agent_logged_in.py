"""The agent's login to Vault."""

import pytest

from checks.vault.agent_logged_in import AGENT_LOGGED_IN
from tests.support.kit import Json, agent_log, codes, findings
from tests.support.objects import pod, running, terminated
from tests.support.vault import CONTAINER, NOTES, injected
from tests.support.vault_login import failed_login, refused, unanswered

INIT = "vault-agent-init"


def initializing(status: Json, name: str = "worker-1") -> Json:
    """Returns a pod whose agent runs before the worker and has this status."""
    return pod(
        name,
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


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        (refused("invalid issuer (iss) claim"), ["vault.issuer-mismatch"]),
        (unanswered("dial tcp 10.0.0.1:8200: connect: connection refused"), ["vault.agent-backing-off"]),
    ],
)
def test_an_agent_whose_log_is_not_read_is_not_stuck_for_another_reason(logged: str, expected: list[str]) -> None:
    pods = [initializing(running(INIT, since_s=3600), f"worker-{number}") for number in range(6)]
    assert codes(AGENT_LOGGED_IN, injected(*pods, logs=[agent_log(logged, pod="worker-0")])) == expected


def test_an_agent_whose_own_log_shows_no_reason_is_stuck() -> None:
    pods = [initializing(running(INIT, since_s=3600), f"worker-{number}") for number in range(2)]
    logs = [agent_log(refused("invalid issuer (iss) claim"), pod="worker-0"), agent_log("waiting", pod="worker-1")]
    found = findings(AGENT_LOGGED_IN, injected(*pods, logs=logs))
    assert [(each.code, each.pods) for each in found] == [
        ("vault.issuer-mismatch", ("worker-0",)),
        ("vault.agent-stuck", ("worker-1",)),
    ]
