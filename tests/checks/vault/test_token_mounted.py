"""The service account token that the agent logs in with."""

import pytest

from checks.vault.token_mounted import TOKEN_MOUNTED
from tests.support.kit import Json, findings
from tests.support.objects import condition
from tests.support.vault import CONTAINER, injected

NO_TOKEN = (
    'Error creating: admission webhook "vault.hashicorp.com" denied the request: error creating new agent sidecar: '
    "failed to find service account volume mount"
)


def refusing(message: str) -> Json:
    failure = condition("ReplicaFailure", True, "FailedCreate", message)
    return {"metadata": {"name": "set"}, "spec": {"replicas": 1}, "status": {"replicas": 0, "conditions": [failure]}}


@pytest.mark.parametrize(
    ("spec", "message", "holder"),
    [
        ({"automountServiceAccountToken": False}, "", "The pod template of worker"),
        ({}, NO_TOKEN, "Service account default"),
        ({"automountServiceAccountToken": True}, NO_TOKEN, ""),
        ({}, "", ""),
    ],
)
def test_a_withheld_token_is_the_template_s_or_the_account_s(spec: Json, message: str, holder: str) -> None:
    sets = (refusing(message),) if message else ()
    found = findings(TOKEN_MOUNTED, injected(replica_sets=sets, spec=spec))
    assert [each.summary.partition(" has automount")[0] for each in found] == ([holder] if holder else [])


def test_a_mounted_token_of_one_s_own_is_enough() -> None:
    mount = {"name": "token", "mountPath": "/var/run/secrets/vault.hashicorp.com/serviceaccount"}
    spec = {"automountServiceAccountToken": False, "containers": [{**CONTAINER, "volumeMounts": [mount]}]}
    assert not findings(TOKEN_MOUNTED, injected(spec=spec))
