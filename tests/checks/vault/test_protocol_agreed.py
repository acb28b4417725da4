"""The protocol that Vault speaks at its address."""

import pytest

from checks.vault.protocol_agreed import PROTOCOL_AGREED
from tests.support.kit import findings
from tests.support.vault_login import ADDRESS, failed_login, unanswered


@pytest.mark.parametrize(
    ("detail", "speaks"),
    [
        ("Client sent an HTTP request to an HTTPS server.\n, on get http://127.0.0.1:1/v1/sys/seal-status", "TLS"),
        ("SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)')", "plain HTTP"),
    ],
)
def test_an_answer_in_another_protocol_names_the_one_that_vault_speaks(detail: str, speaks: str) -> None:
    (found,) = findings(PROTOCOL_AGREED, failed_login(unanswered("read: connection reset by peer"), detail=detail))
    assert found.code == "vault.tls-not-spoken"
    assert found.summary.startswith(f"Vault speaks {speaks}, but by its address {ADDRESS}")
