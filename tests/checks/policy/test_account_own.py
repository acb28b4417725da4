"""The service account of the worker."""

import pytest

from checks.policy.account_own import ACCOUNT_OWN
from tests.support.kit import codes, context


@pytest.mark.parametrize(
    ("account", "expected"), [("own", []), ("", ["policy.account-default"]), ("default", ["policy.account-default"])]
)
def test_the_account_is_the_workers_own(account: str, expected: list[str]) -> None:
    assert codes(ACCOUNT_OWN, context(spec={"serviceAccountName": account})) == expected
