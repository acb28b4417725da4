"""The workflow templates that the profile names."""

import pytest

from checks.argo.builds import BUILDS
from checks.argo.deploys import DEPLOYS
from checks.argo.templates import TEMPLATES
from diagnose.check.api import Check, NotApplicableError
from diagnose.queries.query import NoAnswerError, NotFoundError
from tests.support.argo import delivered
from tests.support.kit import codes, findings


def test_some_templates_missing_is_a_fault_and_none_at_all_means_another_deployment_tool() -> None:
    assert codes(TEMPLATES, delivered(templates=("build", "both"))) == ["argo.templates-incomplete"]
    assert codes(TEMPLATES, delivered(templates=("build", "both", "deploy"))) == []
    with pytest.raises(NotApplicableError):
        findings(TEMPLATES, delivered())


@pytest.mark.parametrize("check", [BUILDS, DEPLOYS, TEMPLATES], ids=lambda each: each.id)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (NotFoundError("the server could not find it"), NotApplicableError),
        (NoAnswerError("forbidden"), NoAnswerError),
    ],
)
def test_not_installed_is_not_applicable_and_forbidden_is_unknown(
    check: Check, answer: Exception, error: type[Exception]
) -> None:
    refused = dict.fromkeys(("workflows.argoproj.io", "workflowtemplates.argoproj.io"), answer)
    with pytest.raises(error):
        findings(check, delivered(refused=refused))


def test_a_template_that_does_all_alone_needs_no_other() -> None:
    assert codes(TEMPLATES, delivered(templates=("alone",))) == []
