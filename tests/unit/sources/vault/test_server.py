"""What Vault answers about itself, a role, secrets and policies, also where it is nothing that Vault answers."""

from typing import Any

import pytest

from diagnose.queries.query import NoAnswerError, Query
from diagnose.queries.vault import QueryVault, VaultAnswer
from diagnose.queries.vault_policies import VaultRule
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultSecretsAnswer
from diagnose.sources.gateway import Gateway
from diagnose.sources.usage import Counter
from diagnose.sources.vault.secrets import VaultSecretsSource
from diagnose.sources.vault.server import VaultSource
from tests.support.http import Answer, response, serving

NO_TUNNELS: Any = None


def vault(answer: dict[str, Any]) -> bytes:
    """Returns a response of Vault."""
    return response(answer, Connection="close")


UNSEALED = vault({"sealed": False, "initialized": True, "version": "1.18.1"})
SINGLE = vault({"ha_enabled": False})
CONFIG = {"kubernetes_host": "https://10.0.0.1", "issuer": "", "disable_local_ca_jwt": False}
ROLE = {"bound_service_account_names": ["worker"], "token_policies": ["reader"], "policies": None}
NOT_A_MAPPING: tuple[Any, ...] = ([1], "text", 7)


class Vault:
    """A source with the queries to a Vault that gives these answers in their order."""

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        sources: Any = VaultSource(NO_TUNNELS, Counter()), VaultSecretsSource(NO_TUNNELS, Counter())
        return sources[isinstance(query, ListVaultSecrets)].answer(query, timeout_s)


def queried(make: Any, *answers: Answer) -> Any:
    """The answer to a query, which `make` makes of the address."""
    with serving(*answers) as (client, _):
        gateway = Gateway(source=Vault(), ends_at=float("inf"))
        return gateway.query(make(client._cluster.server.url))


def of_role(*answers: Answer) -> VaultAnswer:
    """The state of a server with a role."""
    found: VaultAnswer = queried(
        lambda address: QueryVault(address=address, auth_path="auth/kubernetes", role="worker"),
        UNSEALED,
        SINGLE,
        *answers,
    )
    return found


def of_paths(*answers: Answer) -> VaultSecretsAnswer:
    """What there is of a secret and a policy."""
    found: VaultSecretsAnswer = queried(
        lambda address: ListVaultSecrets(address=address, paths=("kv/data/worker",), policies=("reader",)), *answers
    )
    return found


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "a made-up token")
    monkeypatch.delenv("VAULT_ADDR", raising=False)


def test_a_role_has_its_settings_and_those_of_its_auth_method() -> None:
    answer = of_role(vault({"data": CONFIG}), vault({"data": ROLE}))
    assert (answer.role_state, answer.led) == ("exists", True)
    assert answer.role == {"bound_service_account_names": ("worker",), "token_policies": ("reader",)}
    assert answer.auth_config == {"kubernetes_host": "https://10.0.0.1", "disable_local_ca_jwt": "False"}


def test_a_secret_has_the_names_of_its_keys_and_a_policy_its_rules() -> None:
    answer = of_paths(
        vault({"data": {"current_version": 2, "versions": {"2": {"created_time": "2026-11-24T18:10:27Z"}}}}),
        vault({"data": {"subkeys": {"auth_key": None}}}),
        vault({"data": {"policy": 'path "kv/data/worker" { capabilities = ["read"] }'}}),
    )
    secret, policy = answer.secrets[0], answer.policies[0]
    assert (secret.state, secret.keys, secret.version, str(secret.created_at)[:10]) == (
        "exists",
        ("auth_key",),
        2,
        "2026-11-24",
    )
    assert policy.rules == (VaultRule("kv/data/worker", ("read",)),)


@pytest.mark.parametrize("data", [*NOT_A_MAPPING, {"bound_service_account_names": 7}, {"policies": [[]]}])
def test_a_role_of_another_form_is_no_valid_answer(data: Any) -> None:
    with pytest.raises(NoAnswerError, match=r"^query vault: no valid answer: "):
        of_role(vault({"data": CONFIG}), vault({"data": data}))


@pytest.mark.parametrize("data", [*NOT_A_MAPPING, {"issuer": ["https://made-up.example"]}])
def test_a_configuration_of_another_form_is_no_valid_answer(data: Any) -> None:
    with pytest.raises(NoAnswerError, match=r"^query vault: no valid answer: "):
        of_role(vault({"data": data}), vault({"data": ROLE}))


@pytest.mark.parametrize(
    "data",
    [*NOT_A_MAPPING, {"current_version": "two"}, {"current_version": 1, "versions": [1]}, {"current_version": [1]}],
)
def test_a_secret_of_another_form_is_no_valid_answer(data: Any) -> None:
    answer = of_paths(vault({"data": data}), vault({"data": data}))
    assert answer.secrets[0].state.startswith("no valid answer to a read of kv/metadata/worker: Expected ")
