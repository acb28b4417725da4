"""The webhook of the Vault agent injector."""

import pytest

from checks.vault.webhook_serving import WEBHOOK_SERVING
from tests.support.kit import Json, codes
from tests.support.objects import endpoint_slice
from tests.support.vault import SERVICE, injected, webhook

READY = endpoint_slice(SERVICE, 8080, "injector-1", namespace="vault")


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
