"""What Pod Security "restricted" demands of containers."""

import pytest

from checks.policy.container_restricted import CONTAINER_RESTRICTED
from tests.support.kit import Json, codes, context, findings

RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ({**RESTRICTED, "readOnlyRootFilesystem": True}, []),
        (RESTRICTED, ["policy.root-writable"]),
        ({"readOnlyRootFilesystem": True}, ["policy.container-unrestricted"]),
    ],
)
def test_a_container_has_no_more_than_it_needs(security: Json, expected: list[str]) -> None:
    assert codes(CONTAINER_RESTRICTED, context(container={"securityContext": security})) == expected


def test_an_image_without_a_digest_is_remarked() -> None:
    ctx = context(container={"image": "registry.example/worker:1", "securityContext": RESTRICTED})
    codes(CONTAINER_RESTRICTED, ctx)
    assert "has a tag, not a digest" in ctx.remark


def test_a_sentence_with_more_measures_than_fit_says_how_many_more() -> None:
    named = {"name": "worker-with-a-name-that-takes-the-room", "securityContext": {"readOnlyRootFilesystem": True}}
    [found] = findings(CONTAINER_RESTRICTED, context(container=named))
    assert " more)." in found.summary
    assert "…" not in found.summary
