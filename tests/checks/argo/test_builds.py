"""The workflows that build the worker's image."""

import pytest

from checks.argo.builds import BUILDS
from diagnose.check.api import NotApplicableError, Occasion
from diagnose.model.report import Severity
from diagnose.target.request import Expected
from tests.support.argo import COMMIT, LEFT_OUT, delivered, step, workflow
from tests.support.kit import Json, codes, findings


def test_in_an_incident_workflows_are_listed_only_where_a_deploy_has_not_arrived() -> None:
    with pytest.raises(NotApplicableError):
        findings(BUILDS, delivered(workflow("build", "Failed"), occasion=Occasion.INCIDENT))


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (workflow("both", "Succeeded", LEFT_OUT, commit_sha=COMMIT), ["argo.build-skipped"]),
        (
            workflow(
                "both", "Succeeded", step("build-worker-x30", "Succeeded", "DAG"), LEFT_OUT, name="build-worker-x30"
            ),
            ["argo.build-skipped"],
        ),
        (workflow("both", "Failed", step("build-worker", "Failed"), commit_sha=COMMIT), ["argo.build-failed"]),
        (workflow("build", "Failed", step("push", "Failed"), commit_sha=COMMIT), ["argo.build-failed"]),
        (workflow("build", "Succeeded", commit_sha="ffffffff0000"), ["argo.image-other-tag"]),
        # It built what is missing: then the registry has lost it, which is not the build's doing.
        (workflow("build", "Succeeded", commit_sha=COMMIT), []),
        (workflow("build", "Succeeded", commit_sha="main"), []),
    ],
)
def test_why_an_image_is_missing(last: Json, expected: list[str]) -> None:
    found = findings(BUILDS, delivered(last, runs=COMMIT[:8], unpulled=True, occasion=Occasion.INCIDENT))
    assert [each.code for each in found] == expected
    assert all(each.severity is Severity.CRITICAL for each in found)


def test_a_skipped_build_is_normal_where_nothing_needs_it() -> None:
    assert codes(BUILDS, delivered(workflow("both", "Succeeded", LEFT_OUT, commit_sha=COMMIT))) == []


def test_a_skipped_build_explains_that_the_expected_version_is_missing() -> None:
    ctx = delivered(workflow("both", "Succeeded", LEFT_OUT, commit_sha=COMMIT), expected=Expected(revision=COMMIT))
    assert codes(BUILDS, ctx) == ["argo.build-skipped"]


def test_a_build_that_was_not_deployed_is_reported() -> None:
    build = workflow("build", "Succeeded", commit_sha=COMMIT)
    assert codes(BUILDS, delivered(build)) == ["argo.never-deployed"]
    assert codes(BUILDS, delivered(build, workflow("deploy", "Failed", minutes=5))) == []
    assert codes(BUILDS, delivered(build, runs=COMMIT[:8])) == []


def test_the_evidence_of_a_skipped_build_is_the_condition_that_argo_evaluated() -> None:
    condition = "when 'auto == true || false == true' evaluated false"
    last = workflow("both", "Succeeded", {**LEFT_OUT, "message": condition}, commit_sha=COMMIT)
    ctx = delivered(last, runs=COMMIT[:8], unpulled=True, occasion=Occasion.INCIDENT)
    assert [each.evidence[0].text for each in findings(BUILDS, ctx)] == [condition]
