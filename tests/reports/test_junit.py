"""The JUnit file is what Jenkins' own schema allows, and another parser reads the same ends from it."""

from pathlib import Path
from xml.dom import minidom

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnose.model.report import Report, Status
from reports import Options
from reports.formats.junit import render
from tests.reports.samples import (
    EACH_STATUS,
    EARLIER,
    EXCUSED,
    FEW_REPLICAS,
    HOSTILE,
    REQUIRED,
    SAMPLES,
    STARTED,
    outcome,
    report,
    saying,
)

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def parsed(sample: Report, options: Options | None = None) -> minidom.Document:
    """The file as expat reads it, after the schema has taken it."""
    text = render(sample, options or Options())
    SCHEMA.validate(text)
    return minidom.parseString(text.encode())


def root_of(sample: Report, options: Options | None = None) -> minidom.Element:
    root = parsed(sample, options).documentElement
    assert root
    return root


def texts(sample: Report, tag: str) -> list[str]:
    """What stands in each element of that name."""
    return [
        "".join(node.data for node in each.childNodes if isinstance(node, minidom.Text))
        for each in parsed(sample).getElementsByTagName(tag)
    ]


def ends(document: minidom.Document) -> dict[str, str]:
    """How each test case ended, by its name."""
    found = {}
    for case in document.getElementsByTagName("testcase"):
        names = [node.nodeName for node in case.childNodes if isinstance(node, minidom.Element)]
        found[case.getAttribute("name")] = next((name for name in names if name != "system-out"), "passed")
    return found


@EVERY_SAMPLE
@pytest.mark.parametrize("plain", [False, True], ids=["utf-8", "ascii"])
def test_jenkins_schema_takes_every_report(sample: Report, plain: bool) -> None:
    assert root_of(sample, Options(ascii=plain)).nodeName == "testsuites"


@EVERY_SAMPLE
def test_every_check_is_one_case_that_ends_as_it_did(sample: Report) -> None:
    told = {
        Status.PASS: "passed",
        Status.WARN: "passed",
        Status.FAIL: "failure",
        Status.SKIP: "skipped",
        Status.UNKNOWN: "error",
    }
    expected = {each.check: told[each.status] for each in sample.outcomes}
    if sample is EXCUSED:
        expected["vault.role-bound"] = "skipped"
    found = ends(parsed(sample))
    assert expected == {name: found[name] for name in found.keys() - {"run-complete", "gate-terms"}}


@EVERY_SAMPLE
def test_the_counts_are_those_of_the_cases(sample: Report) -> None:
    root = root_of(sample)
    found = list(ends(parsed(sample)).values())
    assert int(root.getAttribute("tests")) == len(found)
    assert int(root.getAttribute("failures")) == found.count("failure")
    assert int(root.getAttribute("errors")) == found.count("error")


@EVERY_SAMPLE
def test_a_file_without_failure_and_error_is_of_a_report_that_opens_the_gate(sample: Report) -> None:
    red = {"failure", "error"} & set(ends(parsed(sample)).values())
    assert bool(red) == bool(sample.exit_code)


def test_an_interrupted_run_has_an_error_though_all_that_was_asked_passed() -> None:
    cut = report(outcome("a.b"), complete=False, interrupted=True)
    assert ends(parsed(cut)) == {"a.b": "passed", "run-complete": "error"}


def test_a_requirement_that_is_not_met_is_an_error_though_nothing_failed() -> None:
    assert ends(parsed(REQUIRED))["gate-terms"] == "error"
    assert any("release.version-runs is required and was skipped" in each for each in texts(REQUIRED, "system-out"))


def test_what_failed_before_too_is_no_failure_where_only_new_failures_close_the_gate() -> None:
    assert ends(parsed(EXCUSED))["vault.role-bound"] == "skipped"
    assert ends(parsed(replace(EXCUSED, baseline=replace(EARLIER, only_new=False))))["vault.role-bound"] == "failure"


def test_a_warning_passes_and_says_what_it_warns_of() -> None:
    assert any(FEW_REPLICAS.summary in text for text in texts(EACH_STATUS, "system-out"))


def test_the_reason_of_what_was_not_asked_is_its_message() -> None:
    (skipped,) = parsed(EACH_STATUS).getElementsByTagName("skipped")
    assert skipped.getAttribute("message") == "skipped because of vault.role-bound"


def test_a_long_run_keeps_to_the_schemas_time() -> None:
    parsed(report(outcome("a.b", duration_s=12_345.6789), duration_s=12_345.6789, started_at=STARTED))


@pytest.mark.parametrize(
    "text", ["]]>", "</testsuite>", "&amp;", "<!--", "\"'", "\x00\x0b\ufffe\uffff", "\ud800", "a\nb"]
)
def test_no_text_leaves_its_element(text: str) -> None:
    assert ends(parsed(saying(f"x{text}y"))) == ends(parsed(saying("words")))


@given(text=st.text(min_size=1, max_size=60))
def test_no_text_makes_a_file_that_the_schema_refuses(text: str) -> None:
    assert ends(parsed(saying(f"w{text}"))) == ends(parsed(saying("words")))


def test_what_a_pod_printed_is_in_the_failure_as_it_was() -> None:
    (failure,) = texts(HOSTILE, "failure")
    assert "<script>alert(1)</script>" in failure
    assert "</details>" in failure


def test_huge_evidence_is_cut_with_a_mark() -> None:
    finding = EACH_STATUS.outcomes[0].findings[0]
    huge = replace(finding, evidence=(replace(finding.evidence[0], text="x" * 100_000),))
    text = render(report(outcome("a.b", Status.FAIL, findings=(huge,))), Options())
    assert len(text) < 10_000
    assert "96,000 characters truncated" in text
