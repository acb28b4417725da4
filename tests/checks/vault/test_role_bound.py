"""The role in Vault and its bound service accounts."""

from checks.vault.role_bound import allows


def test_a_role_may_allow_by_pattern() -> None:
    assert allows(("other", "temporal-*"), "temporal-worker")
    assert allows(("*",), "anything")
    assert not allows(("temporal",), "temporal-worker")
