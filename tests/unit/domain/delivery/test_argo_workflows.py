"""Which image is the expected one."""

import pytest

from diagnose.domain.delivery.argo_workflows import is_expected, is_version
from tests.support.argo import COMMIT, IMAGE


@pytest.mark.parametrize(
    ("image", "wanted", "same"),
    [
        (f"{IMAGE}:abc12345", f"{IMAGE}:abc12345", True),
        (f"{IMAGE}:abc12345", "other.example/worker:abc12345", False),
        (f"{IMAGE}:abc12345", "abc12345", True),
        (f"{IMAGE}:abc12345", "abc12345ffff", True),
        (f"{IMAGE}:v1", "v1ffffff", False),
        ("registry.example:5000/worker", "5000", False),
    ],
)
def test_an_image_is_the_one_meant_by_its_name_or_by_its_tag(image: str, wanted: str, same: bool) -> None:
    assert is_expected(image, wanted) is same


def test_a_commit_matches_its_short_tag_alone() -> None:
    assert is_version(f"{IMAGE}:{COMMIT[:8]}", COMMIT)
    assert not is_version(f"{IMAGE}:latest", COMMIT)
    assert not is_version(f"{IMAGE}@sha256:{COMMIT}", COMMIT)
