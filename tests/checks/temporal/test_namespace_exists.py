"""The namespace of Temporal."""

import pytest

from checks.temporal.namespace_exists import NAMESPACE_EXISTS
from tests.support.kit import codes
from tests.support.temporal import served


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        ("exists", []),
        ("missing", ["temporal.namespace-not-found"]),
        ("INTERNAL: no usable database connection", ["temporal.namespace-unreadable"]),
    ],
)
def test_the_frontend_says_whether_the_namespace_exists(namespace: str, expected: list[str]) -> None:
    assert codes(NAMESPACE_EXISTS, served(namespace=namespace)) == expected
