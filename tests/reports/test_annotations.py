"""Annotations for GitHub and GitLab: one line is one command, and a list is what GitLab's documentation asks for."""

import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from diagnose.model.report import Report, Severity, Verdict
from reports import Options
from reports.formats import github, gitlab
from reports.text.phrases import headline
from tests.reports.samples import EACH_STATUS, NOT_READY, SAMPLES, TWO_CAUSES, UNKNOWN_ONLY, report, saying

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
COMMAND = re.compile(r"::(?P<level>error|warning|notice) title=(?P<title>[^:,\r\n]*)::(?P<message>[^\r\n]*)")
# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
ISSUES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}


def commands(sample: Report) -> list[tuple[str, str, str]]:
    """Level, title and message of each line, unescaped as the runner does it (ActionCommand.cs)."""
    found = []
    for line in github.render(sample, Options()).splitlines():
        matched = COMMAND.fullmatch(line)
        assert matched, line
        found.append((matched["level"], unescaped(matched["title"]), unescaped(matched["message"])))
    return found


def unescaped(text: str) -> str:
    for sign, written in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(written, sign)
    return text


def issues(sample: Report) -> list[dict[str, str]]:
    found = json.loads(gitlab.render(sample, Options()))
    jsonschema.validate(found, ISSUES)
    prints = [each["fingerprint"] for each in found]
    assert len(set(prints)) == len(prints)
    listed: list[dict[str, str]] = found
    return listed


@EVERY_SAMPLE
def test_every_line_is_one_command_and_the_last_is_the_verdict(sample: Report) -> None:
    assert commands(sample)[-1][2].startswith(headline(sample)[1])


@EVERY_SAMPLE
def test_a_run_that_closes_the_gate_has_an_error(sample: Report) -> None:
    levels = {level for level, _, _ in commands(sample)}
    assert ("error" in levels) == bool(sample.exit_code)


def test_the_root_cause_comes_first_with_its_command() -> None:
    level, title, message = commands(EACH_STATUS)[0]
    assert (level, title) == ("error", "ROOT CAUSE vault.role-not-found")
    assert "\nvault write auth/kubernetes/role/temporal-worker" in message


@pytest.mark.parametrize(
    "text", ["::error::x", "\n::set-env name=A::b", "%0A::warning::", "##[error]x", "a:b,c=d", "%3A"]
)
def test_no_text_becomes_a_command_of_its_own(text: str) -> None:
    said = commands(saying(f"x{text}y"))
    assert [(level, title) for level, title, _ in said][:2] == [
        (level, title) for level, title, _ in commands(saying("words"))
    ][:2]
    assert " ".join(f"x{text}y".split()) in said[0][2].replace("# #[", "##[")


@given(text=st.text(min_size=1, max_size=60))
def test_no_text_adds_a_line(text: str) -> None:
    assert len(commands(saying(f"w{text}"))) == len(commands(saying("words")))


@EVERY_SAMPLE
def test_gitlab_gets_what_it_documents_and_nothing_only_where_all_is_well(sample: Report) -> None:
    serious = [each for each in issues(sample) if each["severity"] in {"major", "critical", "blocker"}]
    is_well = sample.verdict is Verdict.HEALTHY or sample.selection is not None
    assert bool(serious) == (not is_well or bool(sample.exit_code))


def test_causes_come_first_by_severity() -> None:
    assert [each["severity"] for each in issues(TWO_CAUSES)] == ["blocker", "critical"]
    assert [(each["check_name"], each["severity"]) for each in issues(EACH_STATUS)] == [
        ("vault.role-not-found", "blocker"),
        ("scaling.single-replica", "minor"),
        ("workload.pods-not-ready", "major"),
        ("database.login.unknown", "major"),
    ]


def test_every_unknown_check_is_an_issue_with_its_reason() -> None:
    described = [each["description"] for each in issues(UNKNOWN_ONLY)]
    assert len(described) == len(UNKNOWN_ONLY.outcomes) - 1
    assert "pods/exec is forbidden" in described[0]


def test_what_only_informs_is_information() -> None:
    finding = replace(NOT_READY, severity=Severity.INFO)
    outcomes = (replace(TWO_CAUSES.outcomes[0], findings=(finding,)),)
    assert [each["severity"] for each in issues(report(*outcomes))] == ["info"]


@given(text=st.text(min_size=1, max_size=60))
def test_no_text_makes_a_list_that_gitlab_refuses(text: str) -> None:
    assert len(issues(saying(f"w{text}"))) == len(issues(saying("words")))
