"""The age of the Secrets in Vault."""

from datetime import timedelta
from typing import Any

import msgspec

from checks.vault.secrets_fresh import SECRETS_FRESH
from diagnose.model.report import Status
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultSecret, VaultSecretsAnswer
from tests.support.kit import NOW, outcome
from tests.support.predeploy import PATH, TOKEN, before_deploy


def vault_secret(**changes: Any) -> dict[type, Any]:
    found = VaultSecret(path=PATH, state="exists", keys=("k",), version=1, created_at=NOW - timedelta(days=1))
    return {ListVaultSecrets: VaultSecretsAnswer(secrets=(msgspec.structs.replace(found, **changes),))}


def test_an_old_secret_is_due_for_rotation_and_is_read_with_a_token_only() -> None:
    old = vault_secret(created_at=NOW - timedelta(days=93))
    found = outcome(SECRETS_FRESH, before_deploy(allowed=TOKEN, answers=old))
    assert found.status is Status.WARN
    assert "93 days old" in found.findings[0].summary
    assert outcome(SECRETS_FRESH, before_deploy(allowed=TOKEN, answers=vault_secret())).status is Status.PASS
    without = outcome(SECRETS_FRESH, before_deploy(answers=old))
    assert without.status is Status.SKIP
    assert "VAULT_TOKEN" in without.reason
