"""The builds that the pods run."""

import pytest

from checks.release.one_build import ONE_BUILD
from tests.support.kit import codes, context
from tests.support.objects import pod, running


@pytest.mark.parametrize(("ids", "expected"), [("one one one", []), ("one two two", ["release.mixed-builds"])])
def test_builds_differ_by_their_digest(ids: str, expected: list[str]) -> None:
    pods = [
        pod(
            f"worker-{at}",
            ready=True,
            status={"containerStatuses": [running(imageID=f"harbor.example/worker@sha256:{each}")]},
        )
        for at, each in enumerate(ids.split())
    ]
    assert codes(ONE_BUILD, context(*pods)) == expected
