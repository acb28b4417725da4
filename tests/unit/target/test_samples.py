"""Of many pods that fail alike a few are samples, and the others are counted with them."""

from typing import Any

from diagnose.domain.kubernetes.pods import pods_text
from diagnose.target.samples import SAMPLES, Samples
from tests.support.kit import context
from tests.support.objects import crashing, pod


def in_state(name: str, status: dict[str, Any]) -> dict[str, Any]:
    return pod(name, owner="set-1", status={"containerStatuses": [status]})


MANY = [in_state(f"a-{number}", crashing(1)) for number in range(7)]
OTHER = in_state("z", crashing(137, "OOMKilled"))


def test_pods_that_fail_like_a_sample_are_counted_and_others_are_not() -> None:
    samples = Samples.of(context(*MANY, OTHER).target)
    assert list(samples.inspected) == ["a-0", "z", "a-1", "a-2"]
    assert samples.others(["a-0", "a-1"]) == 7 - SAMPLES
    assert samples.others(["z"]) == 0


def test_what_is_known_of_a_pod_that_is_no_sample_is_known_of_each() -> None:
    assert Samples.of(context(*MANY).target).others(["a-0", "a-6"]) == 0


def test_a_sentence_about_samples_names_how_many_fail_like_them() -> None:
    ctx = context(*MANY, OTHER)
    assert pods_text(ctx, ["a-0"]) == "Pod a-0 (and 4 that fail alike)"
    assert pods_text(ctx, ["a-0", "a-1", "a-2"]) == "3 pods (and 4 that fail alike)"
    assert pods_text(context(*MANY[: SAMPLES + 1]), ["a-0"]) == "Pod a-0 (and 1 that fails alike)"
    assert pods_text(ctx, ["z"]) == "Pod z"
    assert pods_text(ctx, [f"a-{number}" for number in range(7)]) == "7 of 8 pods"
