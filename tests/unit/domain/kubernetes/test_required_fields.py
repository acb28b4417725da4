"""The fields that admission requires, from the API server's message."""

import json

import pytest

from diagnose.domain.kubernetes.required_fields import required
from diagnose.queries.kubernetes_messages import refusal
from tests.support.kit import context
from tests.support.objects import pod

OWN = {"resources": {"requests": {"cpu": "200m"}}}


def commands(message: str) -> list[str]:
    ctx = context(pod("worker-1"), container=OWN)
    return [str(each.command) for each in required(ctx, refusal(message))]


def test_an_agent_gets_by_annotations_what_a_quota_counts() -> None:
    (command,) = commands("failed quota: q: must specify limits.cpu,requests.memory for: vault-agent,vault-agent-init")
    assert '"vault.hashicorp.com/agent-limits-cpu":"500m"' in command
    assert '"vault.hashicorp.com/agent-requests-mem":"64Mi"' in command


def test_an_own_container_gets_its_request_as_its_limit_and_an_injected_one_nothing() -> None:
    (command,) = commands("failed quota: q: must specify limits.cpu for: worker,istio-proxy")
    assert command.endswith("-c worker --limits=cpu=200m")


def test_an_amount_that_nothing_says_is_to_be_filled_in() -> None:
    (command,) = commands("failed quota: q: must specify limits.memory for: worker")
    assert command.endswith("-c worker --limits=memory=NEW_VALUE")


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (
            'seccompProfile (pod or containers "vault-agent", "worker" must set securityContext.seccompProfile.type to '
            '"RuntimeDefault" or "Localhost")',
            [{"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}],
        ),
        (
            'runAsNonRoot != true (pod or container "worker" must set securityContext.runAsNonRoot=true)',
            [{"securityContext": {"runAsNonRoot": True}}],
        ),
        (
            'privileged (container "worker" must not set securityContext.privileged=true)',
            [{"containers": [{"name": "worker", "securityContext": {"privileged": False}}]}],
        ),
        (
            'unrestricted capabilities (containers "vault-agent", "worker" must set '
            'securityContext.capabilities.drop=["ALL"])',
            [{"containers": [{"name": "worker", "securityContext": {"capabilities": {"drop": ["ALL"]}}}]}],
        ),
        ("host namespaces (hostNetwork=true)", []),
    ],
)
def test_a_level_of_pod_security_is_met_by_the_fields_that_its_message_names(
    why: str, expected: list[dict[str, object]]
) -> None:
    ctx = context(pod("worker-1"), container=OWN)
    steps = required(ctx, refusal(f'violates PodSecurity "restricted:latest": {why}'))
    patches = [json.loads(str(each.command.parts[-1]))["spec"]["template"]["spec"] for each in steps]
    assert patches == expected
