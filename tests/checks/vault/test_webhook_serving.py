"""The webhook of the Vault agent injector."""

import pytest

from checks.vault.webhook_serving import WEBHOOK_SERVING
from tests.support.kit import Json, codes
from tests.support.objects import endpoint_slice, meta
from tests.support.vault import injected

SERVICE = "vault-agent-injector-svc"
READY = endpoint_slice(SERVICE, 8080, "injector-1", namespace="vault")


def webhook(**selectors: Json) -> Json:
    client = {"service": {"name": SERVICE, "namespace": "vault"}, "caBundle": "eA=="}
    hook = {"name": "vault.hashicorp.com", "failurePolicy": "Ignore", "clientConfig": client, **selectors}
    return {"metadata": meta("vault-agent-injector-cfg"), "webhooks": [hook]}


@pytest.mark.parametrize(
    ("webhooks", "slices", "expected"),
    [
        ([webhook()], [READY], []),
        ([], [READY], ["vault.webhook-missing"]),
        ([webhook()], [], ["vault.injector-down"]),
        ([webhook(objectSelector={"matchLabels": {"app": "other"}})], [READY], ["vault.webhook-excludes"]),
    ],
)
def test_a_new_pod_gets_its_agent(webhooks: list[Json], slices: list[Json], expected: list[str]) -> None:
    ctx = injected(mutatingwebhookconfigurations=webhooks, endpointslices=slices)
    assert codes(WEBHOOK_SERVING, ctx) == expected
