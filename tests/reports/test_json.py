"""The report for programs keeps its contract and can be read back."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import reports
from diagnose.model.report import Confidence, Report, Severity, Status, Vantage, Verdict
from reports import Options
from reports.formats.json import SCHEMA_VERSION, NotAReportError, read, render
from tests.reports.samples import EACH_STATUS, HEALTHY, ROLE_NOT_FOUND, SAMPLES, outcome, report

SCHEMA: dict[str, Any] = json.loads((Path(reports.__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def plain(sample: Report) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(render(sample, Options()))
    return decoded


@EVERY_SAMPLE
@pytest.mark.parametrize("in_ascii", [False, True])
def test_every_report_follows_the_schema(sample: Report, in_ascii: bool) -> None:
    VALIDATOR.validate(json.loads(render(sample, Options(ascii=in_ascii))))


@EVERY_SAMPLE
def test_a_report_survives_being_written_and_read(sample: Report) -> None:
    text = render(sample, Options())
    assert render(read(text), Options()) == text
    assert render(read(render(sample, Options(ascii=True))), Options()) == text


def test_what_is_read_is_the_report_itself() -> None:
    assert read(render(EACH_STATUS, Options())) == EACH_STATUS
    assert read(render(EACH_STATUS, Options()).encode()) == EACH_STATUS


@given(text=st.text(st.characters(), max_size=200))
def test_any_text_of_a_pod_is_valid_json_and_survives(text: str) -> None:
    finding = replace(ROLE_NOT_FOUND, summary=text)
    rendered = render(report(outcome("vault.role-bound", Status.FAIL, findings=(finding,))), Options())
    rendered.encode()
    assert render(read(rendered), Options()) == rendered


def test_the_schema_itself_is_valid_and_of_the_version_that_is_written() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema_version"] == {"const": SCHEMA_VERSION}


def test_the_schema_knows_every_word_of_the_model() -> None:
    definitions = SCHEMA["$defs"]
    assert SCHEMA["properties"]["verdict"]["enum"] == list(Verdict)
    assert definitions["outcome"]["properties"]["status"]["enum"] == list(Status)
    assert definitions["finding"]["properties"]["severity"]["enum"] == list(Severity)
    assert definitions["finding"]["properties"]["confidence"]["enum"] == list(Confidence)
    assert set(definitions["evidence"]["properties"]["vantage"]["enum"]) == set(Vantage)


def test_the_schema_allows_no_key_that_it_does_not_name_and_asks_for_all_that_it_does() -> None:
    closed = [SCHEMA, *SCHEMA["$defs"].values(), *SCHEMA["properties"].values()]
    for each in closed:
        if "properties" in each:
            assert each["additionalProperties"] is False
            assert each["required"] == list(each["properties"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda keys: keys.pop("causes"),
        lambda keys: keys.update(surprise=1),
        lambda keys: keys.update(exit_code=137),
        lambda keys: keys["outcomes"][0].update(status="fine"),
        lambda keys: keys["outcomes"][0].update(findings=[]),
        lambda keys: keys["causes"][0]["remediation"]["steps"][0].update(danger=True),
        lambda keys: keys.update(started_at="yesterday"),
    ],
)
def test_the_schema_refuses_a_report_that_breaks_the_contract(spoil: Any) -> None:
    keys = plain(EACH_STATUS)
    spoil(keys)
    assert not VALIDATOR.is_valid(keys)


def test_a_cause_says_by_itself_what_is_wrong_and_what_to_do() -> None:
    cause = plain(EACH_STATUS)["causes"][0]
    assert list(cause) == [
        *("code", "check", "severity", "confidence", "summary", "subjects", "pods", "explains", "alternatives"),
        *("alternative_codes", "proof", "evidence", "remediation", "work", "means", "owner", "runbook"),
    ]
    assert list(cause["evidence"][0]) == ["source", "text", "vantage", "command", "count", "first_at", "last_at"]
    assert list(cause["remediation"]["steps"][0]) == ["text", "command", "changes"]


def test_keys_of_a_later_minor_version_are_read_over() -> None:
    keys = plain(EACH_STATUS) | {"schema_version": "1.7", "later": {"more": 1}}
    assert read(json.dumps(keys)) == EACH_STATUS


def test_a_file_cannot_claim_a_better_end_than_its_outcomes_have() -> None:
    keys = plain(EACH_STATUS) | {"verdict": "healthy", "exit_code": 0}
    assert read(json.dumps(keys)).exit_code is EACH_STATUS.exit_code


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("[]", "this is no report"),
        ('"text"', "this is no report"),
        ("{}", "schema_version"),
        ('{"schema_version": "2.0"}', "2.0"),
        ('{"schema_version": "1.0"}', "target"),
        (render(HEALTHY, Options()).replace('"pass"', '"fine"'), "fine"),
        (render(HEALTHY, Options()).replace('"pass",', '"fail",'), "0 findings"),
        (render(HEALTHY, Options())[:-30], "its end is missing"),
        (b"\xff\xfe", "this is no report"),
    ],
)
def test_what_is_no_report_is_refused_with_the_reason(text: str | bytes, why: str) -> None:
    with pytest.raises(NotAReportError, match=why):
        read(text)
