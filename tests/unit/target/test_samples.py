"""Of many pods that fail alike a few are samples, and the others are counted with them."""

from typing import Any

from diagnose.domain.kubernetes.pods import pods_text, samples_text
from diagnose.target.samples import SAMPLES, Samples
from tests.support.kit import context
from tests.support.objects import crashing, pod, running


def in_state(name: str, status: dict[str, Any]) -> dict[str, Any]:
    return pod(name, owner="set-1", status={"containerStatuses": [status]})


MANY = [in_state(f"a-{number}", crashing(1)) for number in range(7)]
OTHER = in_state("z", crashing(137, "OOMKilled"))


def samples(*pods: dict[str, Any]) -> Samples:
    target = context(*pods).target
    return Samples.of(target, target.pods)


def test_pods_that_fail_like_a_sample_are_counted_and_others_are_not() -> None:
    found = samples(*MANY, OTHER)
    assert list(found.inspected) == ["a-0", "z", "a-1", "a-2"]
    assert found.others(["a-0", "a-1"]) == 7 - SAMPLES
    assert found.others(["z"]) == 0


def test_what_is_known_of_a_pod_that_is_no_sample_is_known_of_each() -> None:
    assert samples(*MANY).others(["a-0", "a-6"]) == 0


def test_a_sentence_about_samples_names_how_many_fail_like_them() -> None:
    ctx = context(*MANY, OTHER)
    assert samples_text(ctx, ["a-0"]) == "Pod a-0 (and 4 that fail alike)"
    assert samples_text(ctx, ["a-0", "a-1", "a-2"]) == "3 pods (and 4 that fail alike)"
    assert samples_text(context(*MANY[: SAMPLES + 1]), ["a-0"]) == "Pod a-0 (and 1 that fails alike)"
    assert samples_text(ctx, ["z"]) == "Pod z"
    assert samples_text(ctx, [f"a-{number}" for number in range(7)]) == "7 of 8 pods"


def test_pods_that_only_start_do_not_fail_alike() -> None:
    old, *new = (in_state(f"a-{number}", running(ready=False, since_s=0 if number else 3600)) for number in range(6))
    assert samples_text(context(old, *new), ["a-0"]) == "Pod a-0"


def test_what_the_objects_show_of_pods_is_said_of_these_alone() -> None:
    assert pods_text(context(*MANY), ["a-0"]) == "Pod a-0"
