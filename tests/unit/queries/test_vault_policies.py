"""Vault's policies: how their text reads, and which of several rules counts."""

import pytest

from diagnose.queries.vault_policies import PolicyError, VaultRule, capabilities_on, is_templated, rules_of

PATH = "secret/data/app/x"


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (f'path "{PATH}" {{ capabilities = ["read"] }}', True),
        (f'# a comment\npath "{PATH}" {{\n  capabilities = ["list", "read",]\n}}\n', True),
        ('path "secret/app/x" { capabilities = ["read"] }', False),
        ('path "secret/data/*" { capabilities = ["read"] }', True),
        ('path "secret/data/+/x" { capabilities = ["read"] }', True),
        ('path "secret/+/x" { capabilities = ["read"] }', False),
        (f'path "{PATH}" {{ capabilities = ["update"] }}', False),
        (f'path "{PATH}" {{ policy = "read" }}', True),
        (f'path "secret/*" {{ capabilities = ["read"] }}\npath "{PATH}" {{ capabilities = ["deny"] }}', False),
        (f'path "secret/*" {{ capabilities = ["deny"] }}\npath "{PATH}" {{ capabilities = ["read"] }}', True),
        (f'{{"path": {{"{PATH}": {{"capabilities": ["read"]}}}}}}', True),
        (f'path "{PATH}" {{ capabilities = ["read"]\n allowed_parameters = {{ "*" = [] }} }}', True),
        ('/* path "secret/data/app/x" { capabilities = ["read"] } */', False),
    ],
)
def test_what_a_policy_allows(text: str, allowed: bool) -> None:
    assert ("read" in capabilities_on(PATH, rules_of(text))) is allowed


def test_of_two_policies_with_the_same_path_a_denial_counts() -> None:
    rules = (VaultRule(path=PATH, capabilities=("read",)), VaultRule(path=PATH, capabilities=("deny",)))
    assert capabilities_on(PATH, rules) == ("deny",)


def test_a_longer_prefix_counts_more() -> None:
    rules = (
        VaultRule(path="secret/*", capabilities=("read",)),
        VaultRule(path="secret/data/app/*", capabilities=("list",)),
    )
    assert capabilities_on(PATH, rules) == ("list",)


@pytest.mark.parametrize("text", ['path "a" {', "path 'a' { }", '{"path": 3}'])
def test_a_text_that_is_not_understood_is_no_policy_without_rules(text: str) -> None:
    with pytest.raises(PolicyError):
        rules_of(text)


def test_a_path_that_a_login_fills_in_is_known_as_such() -> None:
    assert is_templated(rules_of('path "secret/data/{{identity.entity.id}}/*" { capabilities = ["read"] }'))
