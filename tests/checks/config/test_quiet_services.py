"""Services that the process lacks without a message."""

from typing import Any

import pytest

from checks.config.quiet_services import QUIET_SERVICES
from tests.support.kit import WORKER, Json, codes, context
from tests.support.objects import deployment, from_secret, variables


@pytest.mark.parametrize(
    ("env", "kinds", "expected"),
    [
        ([], {}, []),
        (variables(REDIS_PORT="6379"), {}, ["config.service-not-named"]),
        (variables(REDIS_HOST="127.0.0.1"), {}, ["config.service-not-named"]),
        (variables(REDIS_HOST="redis.example.com"), {}, []),
        (variables(REDIS_HOST="redis"), {}, ["config.service-unknown"]),
        ([from_secret("REDIS_HOST", "s")], {}, []),
        ([], {"deployments": [deployment("server", *variables(REDIS_HOST="r"))]}, ["config.service-not-named"]),
        (
            [],
            {"services": [{"metadata": {"name": "x"}, "spec": {"ports": [{"port": 6379}]}}]},
            ["config.service-not-named"],
        ),
        (variables(REDIS_HOST="x"), {"services": [{"metadata": {"name": "x"}}]}, []),
    ],
)
def test_a_service_that_is_missing_without_an_error_is_reported_where_something_else_uses_it(
    env: list[Json], kinds: dict[str, Any], expected: list[str]
) -> None:
    assert codes(QUIET_SERVICES, context(profile=WORKER, container={"env": env}, **kinds)) == expected
