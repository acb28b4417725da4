"""What holds for each renderer."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from diagnose.model.report import ExitCode, Report, Verdict
from reports import RENDERERS, Options
from reports.formats.json import read
from reports.text.phrases import headline
from tests.reports.samples import EACH_STATUS, FORBIDDEN, HOSTILE, INTERRUPTED, SAMPLES, UNKNOWN_ONLY

EVERY_SAMPLE = pytest.mark.parametrize("report", SAMPLES.values(), ids=SAMPLES)
EVERY_FORMAT = pytest.mark.parametrize("name", RENDERERS)
SUFFIX = {
    "console": "txt",
    "short": "short.txt",
    "markdown": "md",
    "slack": "slack.txt",
    "json": "json",
    "junit": "junit.xml",
    "sarif": "sarif",
    "prometheus": "prom",
    "github": "github.txt",
    "gitlab": "gitlab.json",
}


# A page for a browser is looked at there: `tests/reports/browser`.
@pytest.mark.parametrize("name", SUFFIX)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_report_looks_as_it_was_last_read(sample: str, name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{sample}.{SUFFIX[name]}", RENDERERS[name](SAMPLES[sample], Options()))


@EVERY_SAMPLE
def test_the_exit_code_is_the_same_whatever_the_format_is(report: Report) -> None:
    before = report.exit_code
    for render in RENDERERS.values():
        render(report, Options())
        render(report, Options(color=True, ascii=True, width=40, verbose=True))
        assert report.exit_code is before
    assert read(RENDERERS["json"](report, Options())).exit_code is before


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (SAMPLES["healthy"], ExitCode.OPEN),
        (SAMPLES["two-causes"], ExitCode.FAILED),
        (UNKNOWN_ONLY, ExitCode.INCOMPLETE),
        (SAMPLES["incomplete"], ExitCode.INCOMPLETE),
        (SAMPLES["nothing-yet"], ExitCode.INCOMPLETE),
        (INTERRUPTED, ExitCode.INTERRUPTED),
    ],
)
def test_a_report_that_was_read_back_ends_as_the_run_did(report: Report, code: ExitCode) -> None:
    assert read(RENDERERS["json"](report, Options())).exit_code is code


@EVERY_FORMAT
@EVERY_SAMPLE
def test_the_verdict_is_the_models(report: Report, name: str) -> None:
    text = RENDERERS[name](report, Options())
    if name == "gitlab":
        # A list of problems has no place for a verdict; but only a healthy target has none.
        assert report.verdict is Verdict.HEALTHY or text != "[]\n"
    else:
        words = report.verdict.value if name == "prometheus" else headline(report)[1]
        assert words.lower() in text.lower()


@EVERY_FORMAT
@EVERY_SAMPLE
def test_nothing_but_the_options_decides_how_it_looks(
    report: Report, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = RENDERERS[name](report, Options())
    for variable, value in {"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "xterm-256color", "TZ": "Asia/Tokyo"}.items():
        monkeypatch.setenv(variable, value)
    assert RENDERERS[name](report, Options()) == before


@EVERY_FORMAT
@EVERY_SAMPLE
@pytest.mark.parametrize("width", [40, 100])
def test_ascii_has_nothing_above_127(report: Report, name: str, width: int) -> None:
    assert RENDERERS[name](report, Options(ascii=True, width=width, verbose=True)).isascii()


@EVERY_FORMAT
@EVERY_SAMPLE
def test_a_report_ends_with_one_newline(report: Report, name: str) -> None:
    text = RENDERERS[name](report, Options())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@EVERY_FORMAT
def test_what_could_not_be_told_is_in_every_format_with_its_reason(name: str) -> None:
    text = RENDERERS[name](UNKNOWN_ONLY, Options())
    assert FORBIDDEN in (text.replace("`", "") if name in {"markdown", "slack"} else text)
    # A message has the number of the checks.
    for outcome in UNKNOWN_ONLY.outcomes[:-1] if name not in {"short", "slack"} else ():
        assert outcome.check in text


@pytest.mark.parametrize("name", ["console", "markdown"])
def test_the_first_command_is_the_one_that_mends_the_root_cause(name: str) -> None:
    text = RENDERERS[name](EACH_STATUS, Options(verbose=True))
    commands = [step.command for cause in EACH_STATUS.causes for step in cause.finding.remediation.steps]
    places = [text.index(command) for command in commands]
    assert places == sorted(places)


@EVERY_FORMAT
def test_no_control_character_of_a_pod_gets_out(name: str) -> None:
    text = RENDERERS[name](HOSTILE, Options(verbose=True))
    assert not [each for each in text if each != "\n" and (ord(each) < 32 or 127 <= ord(each) < 160)]
    assert "\u202e" not in text
    assert "\\u001b" not in text


def test_naming_the_renderers_imports_none_of_their_libraries() -> None:
    code = "import reports, sys; print(sorted({'rich', 'jinja2'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert ran.stdout.strip() == "[]"
