"""What the kubelet says of a container that it does not create."""

from checks.workload.container_created import NON_ROOT, OTHER, code_of, describe
from diagnose.resources import Container

WHICH = '(pod: "worker-1_msp(9895da82-4bca-4a42-b4b7-523222df134e)", container: worker)'


def test_a_user_that_breaks_the_non_root_policy_is_root() -> None:
    message = f"container's runAsUser breaks non-root policy {WHICH}"

    assert code_of(message) is NON_ROOT
    assert describe(NON_ROOT, message, Container("worker")) == "would run as root, which runAsNonRoot forbids"


def test_the_reason_is_quoted_without_the_container() -> None:
    message = f"something new is wrong {WHICH}"

    assert describe(OTHER, message, Container("worker")) == "cannot be created (something new is wrong)"
