"""Init containers that read the agent's files."""

import pytest

from checks.secrets.init_order import INIT_ORDER
from diagnose.check.api import NotApplicableError
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.queries.kubernetes import LogLine
from tests.support.kit import Json, findings, log
from tests.support.objects import pod
from tests.support.vault import AGENT, CONTAINER, NOTES, injected

ENDED = {"name": "prepare", "state": {"terminated": {"exitCode": 2, "reason": "Error"}}}
BY_SCRIPT = {"name": "prepare", "command": ["sh", "-c", ". /vault/secrets/auth-key"]}
BY_LOG = {"name": "prepare", "command": ["/prepare"]}
COMPLAINT = LogLine("sh: .: line 0: can't open '/vault/secrets/auth-key': No such file or directory")
SAID = log(COMPLAINT, container="prepare", writer=Writer.INIT)


@pytest.mark.parametrize(("container", "logs"), [(BY_SCRIPT, ()), (BY_LOG, (SAID,))])
def test_an_init_container_reads_before_the_agent(container: Json, logs: tuple[ContainerLog, ...]) -> None:
    early = pod(
        "worker-1",
        CONTAINER,
        AGENT,
        initContainers=[container, {"name": "vault-agent-init"}],
        age_s=60,
        annotations=NOTES,
        status={"initContainerStatuses": [ENDED]},
    )
    (finding,) = findings(INIT_ORDER, injected(early, logs=logs))
    assert finding.code == "secrets.read-before-agent"
    assert "prepare reads /vault/secrets/auth-key" in finding.summary
    assert len(finding.summary) <= 160


def test_an_init_container_that_fails_for_something_else_is_not_too_early() -> None:
    early = pod(
        "worker-1",
        CONTAINER,
        AGENT,
        initContainers=[BY_LOG, {"name": "vault-agent-init"}],
        age_s=60,
        annotations=NOTES,
        status={"initContainerStatuses": [ENDED]},
    )
    assert not findings(INIT_ORDER, injected(early))


def test_an_init_container_after_the_agent_is_never_too_early() -> None:
    late = pod(
        "worker-1",
        CONTAINER,
        AGENT,
        initContainers=[{"name": "vault-agent-init"}, BY_SCRIPT],
        age_s=60,
        annotations=NOTES,
        status={"initContainerStatuses": [ENDED]},
    )
    with pytest.raises(NotApplicableError):
        findings(INIT_ORDER, injected(late))
