"""`render`, `diff` and `merge` take reports that were kept; a wrong file is a usage error that says what to do."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli.group import group
from reports import RENDERERS, Options
from reports.formats.json import render as as_json
from tests.reports.samples import EACH_STATUS, HEALTHY, TWO_CAUSES, UNKNOWN_ONLY
from tests.support import recordings

DEEP = "[" * 100_000
NO_REPORTS = {"empty": "", "list": "[]", "other": '{"a": 1}', "half": '{"schema_version": "1.1"', "deep": DEEP}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without a diagnose.toml, with four reports in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name, report in {"well": HEALTHY, "bad": EACH_STATUS, "two": TWO_CAUSES, "dark": UNKNOWN_ONLY}.items():
        (tmp_path / f"{name}.json").write_text(as_json(report, Options()), encoding="utf-8")
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(group, list(arguments), input=stdin)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", RENDERERS)
def test_a_report_is_rendered_as_the_run_itself_would_have(name: str) -> None:
    found = run("render", "bad.json", "--report", f"{name}=out")
    assert (found.exit_code, found.stdout, found.stderr) == (0, "", "written: out\n")
    assert Path("out").read_text(encoding="utf-8") == RENDERERS[name](EACH_STATUS, Options(verbose=True))


@pytest.mark.usefixtures("folder")
def test_a_report_comes_from_stdin_too() -> None:
    found = run("render", "-", "-o", "github", stdin=Path("well.json").read_text(encoding="utf-8"))
    assert found.exit_code == 0
    assert found.stdout == RENDERERS["github"](HEALTHY, Options())


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "code"), [("well", 0), ("bad", 1), ("dark", 3)])
def test_only_on_request_the_exit_code_is_the_reports_own(name: str, code: int) -> None:
    assert run("render", f"{name}.json").exit_code == 0
    assert run("render", f"{name}.json", "--exit-code").exit_code == code


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("content", NO_REPORTS.values(), ids=NO_REPORTS)
@pytest.mark.parametrize("command", [("render",), ("diff", "well.json")], ids=["render", "diff"])
def test_a_file_that_is_no_report_is_a_usage_error(command: tuple[str, ...], content: str) -> None:
    Path("wrong").write_text(content, encoding="utf-8")
    found = run(*command, "wrong")
    assert found.exit_code == 2
    assert "wrong: this is no report of diagnose" in found.stderr
    assert "--report json=FILE" in found.stderr


@pytest.mark.usefixtures("folder")
def test_a_missing_file_a_folder_and_a_later_version_are_usage_errors() -> None:
    assert "missing.json cannot be read: No such file" in run("render", "missing.json").stderr
    assert ". cannot be read: Is a directory" in run("render", ".").stderr
    assert "/dev/zero cannot be read: it is larger than 8 MiB" in run("render", "/dev/zero").stderr
    later = json.loads(Path("well.json").read_text(encoding="utf-8")) | {"schema_version": "9.0"}
    found = run("render", "-", stdin=json.dumps(later))
    assert (found.exit_code, "schema version 9.0" in found.stderr) == (2, True)


@pytest.mark.usefixtures("folder")
def test_a_recording_is_not_rendered_and_the_error_names_the_command() -> None:
    found = run("render", str(recordings.path("V10")))
    assert found.exit_code == 2
    assert "diagnose all --replay" in found.stderr


@pytest.mark.usefixtures("folder")
def test_an_output_that_cannot_be_written_is_a_usage_error() -> None:
    assert run("render", "well.json", "--report", "json=no/such/folder").exit_code == 2


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("well", "well", 0), ("bad", "bad", 0), ("bad", "well", 0), ("well", "two", 1), ("well", "dark", 3)],
)
def test_a_difference_ends_by_what_is_new(before: str, after: str, code: int) -> None:
    for name in ("console", "markdown", "json"):
        found = run("diff", f"{before}.json", f"{after}.json", "-o", name)
        assert found.exit_code == code, found.output


@pytest.mark.usefixtures("folder")
def test_recordings_are_replayed_and_compared() -> None:
    broken, healthy = str(recordings.path("V10")), str(recordings.path("N01"))
    found = run("diff", healthy, broken, "-o", "json")
    assert found.exit_code == 1
    assert [each["code"] for each in json.loads(found.stdout)["new"]] == ["vault.role-not-found"]
    mended = run("diff", broken, healthy, "-o", "json")
    assert mended.exit_code == 0
    assert [each["code"] for each in json.loads(mended.stdout)["fixed"]] == ["vault.role-not-found"]


def test_two_reports_cannot_both_be_stdin() -> None:
    assert run("diff", "-", "-", stdin="{}").exit_code == 2


def merged(*arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the state of each member by its source or namespace."""
    found = run("merge", "--max-age", "0", "--report", "json", *arguments)
    members = json.loads(found.stdout)["members"]
    return found.exit_code, {Path(each["source"]).stem or each["namespace"]: each["state"] for each in members}


@pytest.mark.usefixtures("folder")
def test_a_folder_is_all_its_reports_and_the_exit_code_is_the_worst() -> None:
    assert merged(".") == (1, {"bad": "broken", "two": "degraded", "dark": "unknown", "well": "healthy"})
    assert merged("well.json") == (0, {"well": "healthy"})
    assert merged("well.json", "dark.json") == (3, {"well": "healthy", "dark": "unknown"})


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("content", NO_REPORTS.values(), ids=NO_REPORTS)
def test_a_broken_file_among_others_is_unknown_and_hides_none(content: str) -> None:
    Path("wrong.json").write_text(content, encoding="utf-8")
    assert merged("well.json", "wrong.json", "gone.json") == (
        3,
        {"well": "healthy", "wrong": "unknown", "gone": "unknown"},
    )


def test_an_empty_folder_is_unknown(tmp_path: Path) -> None:
    assert merged(str(tmp_path))[0] == 3


@pytest.mark.usefixtures("folder")
def test_who_was_expected_and_did_not_report_is_unknown() -> None:
    Path("names").write_text("msp  # the first\nprod, test\n\n# dev\n", encoding="utf-8")
    assert merged("well.json", "--expect", "names") == (3, {"well": "healthy", "prod": "unknown", "test": "unknown"})
    assert merged("--expect", "msp,dev") == (3, {"msp": "unknown", "dev": "unknown"})
    assert merged("well.json", "--expect", "msp") == (0, {"well": "healthy"})


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("wrong", ["names.txt", "Prod", "", "a,-b"])
def test_a_wrong_name_of_whom_to_expect_is_a_usage_error(wrong: str) -> None:
    assert run("merge", "well.json", "--expect", wrong).exit_code == 2


@pytest.mark.usefixtures("folder")
def test_nothing_to_merge_and_a_wrong_format_are_usage_errors() -> None:
    assert run("merge").exit_code == 2
    assert "there is no report format 'junit'" in run("merge", "well.json", "--report", "junit").stderr


@pytest.mark.usefixtures("folder")
def test_an_old_report_is_unknown_unless_any_age_will_do() -> None:
    old = json.loads(Path("well.json").read_text(encoding="utf-8")) | {"started_at": "2001-01-01T00:00:00Z"}
    Path("old.json").write_text(json.dumps(old), encoding="utf-8")
    assert run("merge", "old.json").exit_code == 3
    assert run("merge", "old.json", "--max-age", "0").exit_code == 0
    assert run("merge", "old.json", "--exit-zero").exit_code == 0


@pytest.mark.usefixtures("folder")
def test_several_formats_are_written_in_one_run() -> None:
    found = run("merge", ".", "--report", "console", "--report", "html=fleet.html", "--report", "markdown=fleet.md")
    assert "TARGETS" in found.stdout
    assert Path("fleet.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert Path("fleet.md").read_text(encoding="utf-8").startswith("## ")
