"""URLs that people open."""

import pytest

from checks.config.urls_public import URLS_PUBLIC
from tests.support.kit import WORKER, Json, codes, context
from tests.support.objects import from_secret, variables


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (variables(NEXT_PUBLIC_BASE_URL="https://psa.example.com", APPLICATION_URL="http://psa.msp.svc:3000"), []),
        (variables(NEXT_PUBLIC_BASE_URL=""), []),
        (variables(NEXT_PUBLIC_BASE_URL="http://psa.msp.svc.cluster.local:3000"), ["config.url-internal"]),
        (variables(NEXT_PUBLIC_BASE_URL="https://alga.local"), []),
        (variables(NEXT_PUBLIC_BASE_URL="https://psa.corp.internal"), []),
        (variables(NEXT_PUBLIC_BASE_URL="http://10.0.0.7"), ["config.url-internal"]),
        (variables(NEXT_PUBLIC_BASE_URL="http://psa"), ["config.url-internal"]),
        (variables(APPLICATION_URL="http://localhost:3000"), ["config.url-of-the-pod"]),
        ([from_secret("APPLICATION_URL", "s")], []),
    ],
)
def test_urls_that_people_open_lead_out_of_the_cluster(env: list[Json], expected: list[str]) -> None:
    assert codes(URLS_PUBLIC, context(profile=WORKER, container={"env": env})) == expected
