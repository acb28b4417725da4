"""Options are those of kubectl where kubectl has them; what cannot be meant is refused with what may be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose import __version__
from diagnose.cli import command
from diagnose.cli.group import COMMANDS, group
from diagnose.cli.output import Display
from diagnose.cli.version import commit
from tests.support import recordings

FAILING = str(recordings.path("V10"))


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(group, list(arguments), env=variables)


def replay(*arguments: str) -> Result:
    return run("all", "--replay", FAILING, *arguments)


def test_one_report_on_stdout_and_others_in_files(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    found = replay("-o", "json", "--report", f"markdown={file}")
    assert json.loads(found.stdout)["verdict"] == "degraded"
    assert "vault.role-not-found" in file.read_text(encoding="utf-8")
    assert found.stderr == f"written: {file}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("-o", "json", "--report", "console"), "stdout takes one report, not json and console"),
        (("--report", "json", "--report", "markdown"), "stdout takes one report, not json and markdown"),
        (("-o", "json=x"), "write a file with --report json=x"),
        (("-o", "jsn"), "there is no report format 'jsn'; did you mean json"),
        (("-q", "-v"), "use one of them"),
        (("--as-group", "ops"), "--as-group requires --as"),
        (("-l", "app in (a"), "is no part of a label selector"),
        (("--kubeconfig", "/no/such/file"), "/no/such/file"),
        (("--request-timeout", "soon"), "'soon' is not a duration; use 90s, 5m or 1h30m"),
        (("--timeout", "48h"), "must be at most 24h"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], expected: str) -> None:
    found = replay(*arguments)
    assert found.exit_code == 2
    assert expected in " ".join(found.stderr.split())
    assert found.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("all", "--namespce", "x"), "did you mean --namespace or --all-namespaces?"),
        (("all", "--lable", "x"), "did you mean -l, --selector?"),
        (("all", "--label", "a=b"), "here it is -l, --selector"),
        (("rbac", "--format", "json"), "here it is -o, --output"),
        (("all", "--wait", "5m"), "there is no option --wait of group all; gate, watch have it"),
        (("gate", "--all-namespaces"), "all has it"),
        (("merge", "--kubeconfig", "x"), "have it"),
        (("watch", "-q"), "there is no option -q of group watch"),
        (("watch", "--progress"), "there is no option --progress of group watch"),
        (("all", "--zzzzzzzz"), "there is no option --zzzzzzzz"),
    ],
)
def test_an_unknown_option_leads_to_the_one_that_is_meant(arguments: tuple[str, ...], expected: str) -> None:
    found = run(*arguments)
    assert found.exit_code == 2
    assert expected in found.stderr


def test_quiet_is_one_line_and_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    found = replay("-q", "--report", f"json={file}", "--report", "console")
    assert (found.exit_code, found.stderr, found.stdout.count("\n")) == (1, "", 1)
    assert "vault.role-not-found" in found.stdout
    healthy = run("all", "--replay", str(recordings.path("N01")), "-q")
    assert (healthy.exit_code, healthy.stdout.strip()) == (0, "✓ HEALTHY msp/temporal-worker")
    merged = run("merge", str(file), "--max-age", "0", "-q")
    assert merged.stdout == "1 target: ! 1 at risk\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_groups_and_debug(name: str) -> None:
    shown = run(name, "--help").stdout
    assert "--debug" in shown
    assert shown == run("help", name).stdout
    assert ("Cluster options:" in shown) == ("--kubeconfig" in shown)


def test_help_without_a_command_lists_them_and_a_near_name_is_suggested() -> None:
    assert run("help").stdout == run("--help").stdout
    assert "did you mean gate" in run("help", "gte").stderr


def test_the_version_names_commit_schema_and_recording_format(tmp_path: Path) -> None:
    known = json.loads(run("version", "-o", "json", DIAGNOSE_COMMIT="made-up").stdout)
    assert (known["version"], known["commit"]) == (__version__, "made-up")
    assert {"report_schema", "recording_format"} < set(known)
    assert __version__ in run("version").stdout


def test_the_commit_of_a_working_copy_is_read_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIAGNOSE_COMMIT", raising=False)
    git, one, other = tmp_path / ".git", "a" * 40, "b" * 40
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text(f"# pack\n{one} refs/heads/main\n")
    assert commit(tmp_path) == one
    (git / "refs/heads").mkdir(parents=True)
    (git / "refs/heads/main").write_text(f"{other}\n")
    assert commit(tmp_path) == other
    (git / "HEAD").write_text(f"{one}\n")
    assert commit(tmp_path) == one
    further = tmp_path / "further"
    further.mkdir()
    (git / "worktrees").mkdir()
    (git / "worktrees/HEAD").write_text("ref: refs/heads/main\n")
    (git / "worktrees/commondir").write_text("..\n")
    (further / ".git").write_text(f"gitdir: {git}/worktrees\n")
    assert commit(further) == other


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/usr/bin/diagnose", "diagnose"),
        ("kubectl-diagnose", "kubectl diagnose"),
        ("/x/kubectl-worker_diagnose", "kubectl worker-diagnose"),
        ("/x/diagnose/__main__.py", "diagnose"),
    ],
)
def test_help_names_what_the_user_called(called: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [called])
    assert command.program_name() == name


@pytest.mark.parametrize(
    ("variables", "no_color", "coloured"),
    [
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": ""}, False, False),
    ],
)
def test_colours_follow_the_variables_that_other_tools_have(
    variables: dict[str, str], no_color: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(each, raising=False)
    for each, value in variables.items():
        monkeypatch.setenv(each, value)
    with Path("/dev/null").open("w", encoding="utf-8") as stream:
        assert Display(no_color=no_color).colours(stream) is coloured


def test_no_two_options_of_a_command_have_one_name() -> None:
    for name in COMMANDS:
        found = group.get_command(None, name)  # type: ignore[arg-type]
        assert found is not None
        names = [each for param in found.params for each in (*param.opts, *param.secondary_opts)]
        assert len(names) == len(set(names)), name


def test_help_and_completion_wait_for_no_import_of_the_resources() -> None:
    program = "import sys, diagnose.cli.examine; print('diagnose.resources' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
