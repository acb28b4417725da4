"""The volume of the agent's files."""

from checks.secrets.volume_mounted import VOLUME_MOUNTED
from tests.support.kit import findings
from tests.support.objects import pod
from tests.support.vault import AGENT, CONTAINER, NOTES, PREFIX, injected


def test_an_annotation_that_leaves_the_worker_out_is_named() -> None:
    notes = {f"{PREFIX}agent-inject-containers": "sidecar"}
    written = {"name": "vault-secrets", "mountPath": "/vault/secrets"}
    left_out = pod("worker-1", CONTAINER, {**AGENT, "volumeMounts": [written]}, annotations={**NOTES, **notes})
    (finding,) = findings(VOLUME_MOUNTED, injected(left_out, notes=notes))
    assert "/vault/secrets" in finding.summary
    assert "nothing is mounted" in finding.summary
    assert "agent-inject-containers names sidecar" in finding.summary
