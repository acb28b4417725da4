"""What a CI runner prints of a report is no command to it, whoever wrote the text in it."""

import json
import re
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.model.report import Cause, Evidence, Report, Status, Step
from reports import RENDERERS, Options
from reports.formats.json import read
from reports.text.ci_markers import in_log
from tests.reports.samples import NASTY_FINDING, outcome, report
from tests.support import shell

MARKERS = (
    "::stop-commands::t", "::error file=a::b", "::set-output name=a::b", "##[error]x", "##[group]x",
    "##vso[task.setvariable variable=a]b", "##vso[task.complete result=Failed;]", "##teamcity[buildStatus status='x']",
    "##octopus[setVariable name='x']", "###vso[x]", "section_start:1:a", "section_end:1:a", "travis_fold:start:a",
    "--- a", "+++ a", "~~~ a", "^^^ +++",
)  # fmt: skip
ANYWHERE = re.compile(r"##\w*\[|section_(?:start|end):\d|travis_fold:")
AT_START = re.compile(r"(?:\s|\x1b\[[\d;]*m)*(?:::\S|(?:---|\+\+\+|~~~|\^\^\^)\s)")


def saying(text: str) -> Report:
    """A report with a text wherever a report has one, also at the start of wrapped lines."""
    long = f"{'a' * 96} {text} {'b' * 93} {text}"
    finding = replace(
        NASTY_FINDING,
        summary=long,
        evidence=(Evidence(source=text, text=f"{text}\n{long}\n  {text}"),),
        remediation=replace(
            NASTY_FINDING.remediation, summary=text, steps=(Step(long, kubectl.describe("pod", text, namespace="a")),)
        ),
    )
    return report(
        outcome("logs.clean", Status.FAIL, findings=(finding,)),
        outcome("logs.other", Status.UNKNOWN, reason=f"{text} {long}"),
        causes=(Cause(check="logs.clean", finding=finding),),
    )


@pytest.mark.parametrize("name", [name for name in RENDERERS if name != "html"])
@pytest.mark.parametrize("text", MARKERS)
def test_no_format_has_a_line_that_a_runner_obeys(text: str, name: str) -> None:
    for options in (Options(), Options(verbose=True, color=True, width=40)):
        for line in RENDERERS[name](saying(text), options).splitlines():
            assert not ANYWHERE.search(line) or (name not in {"console", "markdown"} and "##" not in line), line
            own = name == "github" and line.startswith(("::error title=", "::notice title=", "::warning title="))
            assert own or not AT_START.match(line), line


@pytest.mark.parametrize("text", MARKERS)
def test_data_stays_as_it_is(text: str) -> None:
    written = read(RENDERERS["json"](saying(text), Options()))
    assert written.causes[0].finding.summary == saying(text).causes[0].finding.summary
    assert text in json.loads(RENDERERS["gitlab"](saying(text), Options()))[0]["description"]
    found = Xml.fromstring(RENDERERS["junit"](saying(text), Options()))
    assert any(text in each.get("message", "") for each in found.iter())


@pytest.mark.parametrize("text", MARKERS)
def test_a_command_still_names_what_it_named(text: str) -> None:
    command = kubectl.describe("pod", text, namespace="a")
    assert in_log(f"  {command}").strip() == command or "##" not in text
    assert shell.read([command]) == [shell.meant(command)]
