"""The form of Temporal's address."""

import pytest

from checks.temporal.address_formed import ADDRESS_FORMED, meant
from tests.support.kit import Json, codes, context
from tests.support.objects import pod, variables


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("http://temporal-frontend.temporal.svc:7233", "temporal-frontend.temporal.svc:7233"),
        ("https://me@temporal:7233/ui", "temporal:7233"),
        ('"temporal:7233"', "temporal:7233"),
        ("temporal:7233/default", "temporal:7233"),
        ("temporal frontend", "RIGHT_HOST:7233"),
    ],
)
def test_the_address_meant_has_no_scheme_and_no_path(value: str, right: str) -> None:
    assert meant(value) == right


@pytest.mark.parametrize(
    ("address", "expected"),
    [("http://temporal:7233", ["temporal.address-malformed"]), ("temporal-frontend.temporal.svc:7233", [])],
)
def test_an_address_is_a_host_and_a_port(address: str, expected: list[str]) -> None:
    ctx = context(container={"env": variables(TEMPORAL_ADDRESS=address)})
    assert codes(ADDRESS_FORMED, ctx) == expected


PROXY = {"name": "temporal-proxy", "restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("address", "pods", "more", "expected"),
    [
        ("localhost:7233", (), {}, ["temporal.host-local"]),
        ("127.0.0.1:7233", (), {"initContainers": [PROXY]}, []),
        # Then the pods' own attempt shows it.
        ("localhost:7233", (pod(),), {}, []),
    ],
    ids=["alone", "native sidecar", "pods run"],
)
def test_before_a_deploy_the_pod_itself_has_no_temporal_without_a_sidecar(
    address: str, pods: tuple[Json, ...], more: Json, expected: list[str]
) -> None:
    spec = {"containers": [{"name": "worker", "env": variables(TEMPORAL_ADDRESS=address)}], **more}
    assert codes(ADDRESS_FORMED, context(*pods, spec=spec)) == expected
