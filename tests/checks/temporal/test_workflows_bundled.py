"""The bundle of the workflow code."""

import pytest

from checks.temporal.workflows_bundled import WORKFLOWS_BUNDLED
from diagnose.check.api import NotApplicableError
from tests.support.kit import WORKER, codes, context, findings, log
from tests.support.objects import pod

DISALLOWED = "Your Workflow code is importing the following disallowed modules:\\n  - 'fs'"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (DISALLOWED, ["temporal.bundle-failed"]),
        ("Webpack finished with errors", ["temporal.bundle-failed"]),
        ("Workflow bundle created", []),
    ],
)
def test_a_bundle_that_cannot_be_made_is_found(line: str, expected: list[str]) -> None:
    assert codes(WORKFLOWS_BUNDLED, context(pod(), logs=[log(line)], profile=WORKER)) == expected


def test_other_sdks_make_no_bundle() -> None:
    with pytest.raises(NotApplicableError):
        findings(WORKFLOWS_BUNDLED, context(pod(), logs=[log("worker started")]))


def test_the_module_is_named_rather_than_that_something_failed() -> None:
    logs = [log(DISALLOWED, pod="worker-1"), log("Webpack finished with errors", pod="worker-2")]
    (finding,) = findings(WORKFLOWS_BUNDLED, context(pod(), pod("worker-2"), logs=logs))
    assert "imports fs" in finding.summary
