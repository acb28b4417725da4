"""The webhook of the Vault agent injector."""

import pytest

from checks.vault.webhook_serving import WEBHOOK_SERVING
from tests.support.kit import Json, codes, findings
from tests.support.objects import deployment, endpoint_slice, service
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


@pytest.mark.parametrize(
    ("replicas", "reason", "step"),
    [(0, "(deployment injector is scaled to 0)", "--replicas=1"), (1, "(deployment injector has no pods)", "describe")],
)
def test_why_the_injector_has_no_pod_is_read_from_its_workload(replicas: int, reason: str, step: str) -> None:
    own = deployment("injector", namespace="vault", replicas=replicas)
    own["spec"]["template"]["metadata"]["labels"] = labels = {"app": "injector"}
    ctx = injected(
        mutatingwebhookconfigurations=[webhook()],
        services=[service(SERVICE, 443, namespace="vault", selector=labels)],
        deployments=[own],
    )
    (finding,) = findings(WEBHOOK_SERVING, ctx)
    assert reason in finding.summary
    assert step in finding.remediation.steps[0].command


def test_where_the_state_of_the_injector_is_not_known_the_look_comes_first() -> None:
    (finding,) = findings(WEBHOOK_SERVING, injected(mutatingwebhookconfigurations=[webhook()]))
    look, scale = finding.remediation.steps
    assert not look.changes
    assert scale.text.startswith("If it is scaled to 0")
