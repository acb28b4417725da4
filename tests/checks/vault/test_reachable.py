"""The route to Vault."""

import pytest

from checks.vault.reachable import REACHABLE
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from tests.support.kit import codes, context, findings, survey
from tests.support.objects import backends, pod
from tests.support.vault_login import NOTES


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ConnectionState.CONNECTED, []),
        (ConnectionState.REFUSED, ["vault.refused"]),
        (ConnectionState.TIMED_OUT, ["vault.timed-out"]),
    ],
)
def test_refused_and_timed_out_have_codes_of_their_own(state: ConnectionState, expected: list[str]) -> None:
    own = pod(ready=state is ConnectionState.CONNECTED)
    tried = survey(own, connections=(Connection("vault.vault.svc", 8200, state),))
    ctx = context(own, annotations=NOTES, surveys=[tried], **backends("vault", 8200, namespace="vault"))
    assert codes(REACHABLE, ctx) == expected


def test_a_vault_that_is_scaled_up_again_has_to_be_unsealed() -> None:
    own = pod(ready=False)
    refused = survey(own, connections=(Connection("vault.vault.svc", 8200, ConnectionState.REFUSED),))
    empty = {**backends("vault", 8200, namespace="vault"), "pods": [], "endpointslices": []}
    scaled = {
        "metadata": {"name": "vault", "namespace": "vault"},
        "spec": {"replicas": 0, "template": {"metadata": {"labels": {"app": "vault"}}, "spec": {"containers": []}}},
    }
    ctx = context(own, annotations=NOTES, surveys=[refused], statefulsets=[scaled], **empty)
    (found,) = findings(REACHABLE, ctx)
    assert found.code == "vault.no-endpoints"
    first = found.remediation.steps[0]
    assert first.command == "kubectl -n vault scale statefulset/vault --replicas=1"
    assert first.text.endswith("it starts sealed, unless it unseals itself: vault operator unseal.")
