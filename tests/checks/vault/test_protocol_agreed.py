"""The protocol that Vault speaks at its address."""

import pytest

from checks.vault.protocol_agreed import PROTOCOL_AGREED
from tests.support.kit import about, as_pod, findings
from tests.support.objects import pod
from tests.support.vault_login import ADDRESS, failed_login, unanswered, with_address


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


def test_only_the_pods_that_use_the_address_are_affected() -> None:
    ctx = failed_login(unanswered("reset"), detail="Client sent an HTTP request to an HTTPS server.")
    elsewhere = pod("worker-0", initContainers=[with_address("http://other.test:8200")], age_s=7200, ready=True)
    ctx = about(ctx, pods=(as_pod(elsewhere), *ctx.target.pods))
    (found,) = findings(PROTOCOL_AGREED, ctx)
    assert found.pods == tuple(each.name for each in ctx.target.pods if each.name != "worker-0")
