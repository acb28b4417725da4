"""The Secrets of Vault that templates read."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.vault.policy_allows import POLICY_ALLOWS
from checks.vault.role_bound import ROLE_BOUND
from checks.vault.secrets_exist import SECRETS_EXIST
from diagnose.check.api import Check
from diagnose.model.report import Status
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultSecret, VaultSecretsAnswer
from diagnose.target.target import VAULT
from tests.support.kit import NOW, outcome
from tests.support.predeploy import NOTES, PATH, POD, TOKEN, before_deploy


def vault_secret(**changes: Any) -> dict[type, Any]:
    found = VaultSecret(path=PATH, state="exists", keys=("k",), version=1, created_at=NOW - timedelta(days=1))
    return {ListVaultSecrets: VaultSecretsAnswer(secrets=(msgspec.structs.replace(found, **changes),))}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.PASS),
        ({"state": "missing"}, Status.FAIL),
        ({"state": "deleted"}, Status.FAIL),
        ({"keys": ("other",)}, Status.FAIL),
        ({"keys": None, "keys_untold": "denied"}, Status.UNKNOWN),
        ({"state": "the operator's VAULT_TOKEN may not read it"}, Status.UNKNOWN),
    ],
)
def test_vaults_secrets_are_judged_by_what_the_token_may_see(changes: dict[str, Any], status: Status) -> None:
    assert outcome(SECRETS_EXIST, before_deploy(allowed=TOKEN, answers=vault_secret(**changes))).status is status


@pytest.mark.parametrize("check", [SECRETS_EXIST, POLICY_ALLOWS, ROLE_BOUND])
def test_without_a_token_ready_pods_are_evidence_and_without_them_it_is_unknown(check: Check) -> None:
    assert outcome(check, before_deploy()).status is Status.UNKNOWN
    found = outcome(check, before_deploy(pods=(POD,)))
    assert found.status is Status.PASS
    assert "2 h ago" in found.reason or "150 min ago" in found.reason
    other = {**POD, "metadata": {**POD["metadata"], "annotations": {**NOTES, f"{VAULT}role": "q"}}}
    assert outcome(check, before_deploy(pods=(other,))).status is Status.UNKNOWN
