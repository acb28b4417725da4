"""A variable is given once."""

import pytest

from checks.config.no_duplicates import NO_DUPLICATES
from tests.support.kit import WORKER, Json, codes, context
from tests.support.objects import from_secret, variables

NOTES = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/agent-inject-secret-auth-key": "secret/data/app/shared",
    "vault.hashicorp.com/agent-inject-template-auth-key": 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"',
}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ([*variables(A="1"), *variables(A="1")], []),
        ([*variables(A="1"), *variables(A="2")], ["config.variable-twice"]),
        ([*variables(A="1"), from_secret("A", "s")], ["config.variable-twice"]),
        ([from_secret("A", "s"), from_secret("A", "s")], []),
        ([from_secret("ALGA_AUTH_KEY", "s")], ["config.variable-shadowed"]),
    ],
)
def test_a_variable_is_given_once_or_alike(env: list[Json], expected: list[str]) -> None:
    assert (
        codes(
            NO_DUPLICATES,
            context(profile=WORKER, container={"env": env, "args": [". /vault/secrets/auth-key"]}, annotations=NOTES),
        )
        == expected
    )


def test_a_file_that_the_command_does_not_read_overrides_nothing() -> None:
    assert (
        codes(
            NO_DUPLICATES,
            context(profile=WORKER, container={"env": [from_secret("ALGA_AUTH_KEY", "s")]}, annotations=NOTES),
        )
        == []
    )
