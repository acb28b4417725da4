"""Services that the process lacks without a message."""

from typing import Any

import pytest

from checks.config.quiet_services import QUIET_SERVICES
from tests.support.kit import WORKER, Json, codes, context, findings
from tests.support.objects import deployment, from_secret, service, variables


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


@pytest.mark.parametrize(("names", "host"), [(["cache"], "cache"), (["cache", "redis"], "REDIS_SERVICE")])
def test_the_only_service_with_its_port_is_the_host_to_set(names: list[str], host: str) -> None:
    services = [service(each, 6379) for each in names]
    ctx = context(profile=WORKER, container={"env": variables(REDIS_PORT="6379")}, services=services)
    (found,) = findings(QUIET_SERVICES, ctx)
    assert any(f"REDIS_HOST={host}" in each.command for each in found.remediation.steps)
