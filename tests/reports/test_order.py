"""Every format for programs has the causes first, in the order of the console, each with the fix shown there."""

import json
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace

from diagnose.model.report import Report
from reports import RENDERERS, Options
from tests.reports.samples import EACH_STATUS, TWO_CAUSES
from tests.support import recordings, tracing

REPORTS = {
    "last-check": replace(TWO_CAUSES, outcomes=TWO_CAUSES.outcomes[::-1]),
    "each-status": replace(EACH_STATUS, outcomes=EACH_STATUS.outcomes[::-1]),
    **{name: tracing.replay(recordings.path(name)).report for name in ("K01", "V20", "P05")},
}
EVERY_REPORT = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)


def rendered(report: Report, form: str) -> str:
    return RENDERERS[form](report, Options())


@EVERY_REPORT
def test_sarif_and_gitlab_begin_with_the_causes(report: Report) -> None:
    codes = [each.finding.code for each in report.causes]
    results = json.loads(rendered(report, "sarif"))["runs"][0]["results"]
    assert [each["ruleId"] for each in results if each["properties"]["cause"]] == codes
    assert [each["ruleId"] for each in results][: len(codes)] == codes
    found = [each["check_name"] for each in json.loads(rendered(report, "gitlab"))]
    assert found[: len(codes)] == codes
    assert len(found) == len(set(found))


def test_gitlab_names_what_a_consequence_follows_from() -> None:
    issues = json.loads(rendered(REPORTS["K01"], "gitlab"))
    assert all("; follows from workload.image-unauthorized" in each["description"] for each in issues[1:])
    assert len(issues) > 1


@EVERY_REPORT
def test_the_first_failure_of_junit_is_the_root_cause_with_its_fix(report: Report) -> None:
    root = Xml.fromstring(rendered(report, "junit"))
    cases = [case for suite in root for case in suite.iter("testcase")]
    first = next(case for case in cases if case.find("failure") is not None)
    finding = report.causes[0].finding
    assert (failure := first.find("failure")) is not None
    assert failure.get("type") == finding.code
    assert all(step.command in (failure.text or "") for step in finding.remediation.steps)
    failing = [case.find("failure") is not None for case in cases if case.get("classname") == first.get("classname")]
    assert failing == sorted(failing, reverse=True)
