"""Whether a host is the pod, in the cluster, or public."""

import pytest

from diagnose.domain.network.hostnames import is_inside, is_local


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "db.localhost", "127.0.0.1", "127.0.1.1", "0.0.0.0", "::1", "[::1]", "::",
     "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"],
)  # fmt: skip
def test_the_pod_itself(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["db", "local", "10.0.0.1", "fd00::1", "::ffff:10.0.0.1", "localhost.example.org"])
def test_not_the_pod_itself(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize(
    "host",
    ["db", "db.prod.svc", "db.prod.svc.corp.example", "x.cluster.local", "10.1.2.3", "fd00::1", "::ffff:10.0.0.1"],
)
def test_inside(host: str) -> None:
    assert is_inside(host)


@pytest.mark.parametrize("host", ["example.com", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "svc.example.com"])
def test_public(host: str) -> None:
    assert not is_inside(host)
