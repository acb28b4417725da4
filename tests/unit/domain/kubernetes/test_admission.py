"""Pods that admission refuses."""

import pytest

from diagnose.domain.kubernetes.admission import describe as refused
from diagnose.queries.kubernetes_messages import (
    refusal,
)


@pytest.mark.parametrize(
    ("message", "code", "name"),
    [
        (
            'pods "w" is forbidden: no PriorityClass with name urgent was found',
            "workload.priority-class-not-found",
            "urgent",
        ),
        (
            'pods "w" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
            "workload.runtime-class-not-found",
            "gvisor",
        ),
    ],
)
def test_a_class_that_does_not_exist_is_named(message: str, code: str, name: str) -> None:
    what, summary, steps = refused(refusal(message), "msp", "ReplicaSet w", 1)
    assert what.id == code
    assert name in summary
    assert steps[0].command


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (
            "pods \"w\" is forbidden: ValidatingAdmissionPolicy 'needs-team' with binding 'needs-team' denied request: "
            "every pod needs a team",
            "ValidatingAdmissionPolicy needs-team refuses the pod (every pod needs a team)",
        ),
        (
            'Pod "worker-1-xk" is invalid: spec.containers[0].resources.requests: Invalid value: "384Mi": must be less '
            "than or equal to memory limit of 256Mi",
            '"384Mi": must be less than or equal to memory',
        ),
    ],
)
def test_any_other_refusal_is_quoted_from_where_it_matters(message: str, named: str) -> None:
    what, summary, _ = refused(refusal(message), "msp", "ReplicaSet worker-1", 1)
    assert what.id == "workload.creation-refused"
    assert named in summary


CALL = 'failed to call webhook: Post "https://guard.policy.svc:443/validate?timeout=10s": '


@pytest.mark.parametrize(("why", "gone"), [('service "guard" not found', True), ("context deadline exceeded", False)])
def test_the_configuration_of_a_webhook_is_found_and_only_of_one_that_is_gone_to_be_deleted(
    why: str, gone: bool
) -> None:
    message = f'Internal error occurred: failed calling webhook "guard.example.com": {CALL}{why}'
    code, _, steps = refused(refusal(message), "msp", "ReplicaSet w", 1)
    assert code.id == "workload.webhook-unreachable"
    assert steps[0].command.endswith("NAMED:.webhooks[*].name' | grep -Fw guard.example.com")
    assert ("delete it" in steps[0].text) == gone
    assert not steps[0].changes


def test_the_policy_that_refuses_is_shown() -> None:
    message = "pods \"w\" is forbidden: ValidatingAdmissionPolicy 'team' with binding 'team' denied request: no team"
    _, _, steps = refused(refusal(message), "msp", "ReplicaSet w", 1)
    assert steps[0].command == "kubectl get validatingadmissionpolicy team -o jsonpath='{.spec.validations}'"
