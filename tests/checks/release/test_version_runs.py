"""The version that the deploy was to bring."""

import pytest

from checks.release.version_runs import VERSION_RUNS
from diagnose.check.api import NotApplicableError
from diagnose.target.request import Expected
from tests.support.argo import COMMIT, delivered, replica_set
from tests.support.kit import findings


def test_the_expected_version_runs_was_rolled_back_or_was_never_deployed() -> None:
    expected = Expected(image=COMMIT[:8])
    old, new = replica_set("0ldc0de1"), replica_set(COMMIT[:8])
    assert findings(VERSION_RUNS, delivered(runs=COMMIT[:8], expected=expected)) == []
    [never] = findings(VERSION_RUNS, delivered(expected=expected, replica_sets=(old,)))
    assert "no stored revision" in never.summary
    look, deploy = never.remediation.steps[:2]
    assert look.command.has("docker", "manifest", "inspect")
    assert deploy.command.has("set", "image")
    [given_up] = findings(VERSION_RUNS, delivered(expected=expected, replica_sets=(old, new)))
    assert f"ReplicaSet worker-{COMMIT[:8]}" in given_up.summary
    # Why it was rolled back has to be known first.
    assert not any(each.changes for each in given_up.remediation.steps)
    with pytest.raises(NotApplicableError):
        findings(VERSION_RUNS, delivered())
