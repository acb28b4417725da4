"""`diagnose report-bug` writes what a report of a wrong diagnosis needs, redacted, and says what is in it."""

import gzip
import threading
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from diagnose.cli.group import group
from diagnose.cli.run import Examined, once
from diagnose.cli.settings import Settings
from diagnose.sources import recording
from diagnose.target.request import Request
from reports.text.markdown_escape import prose
from tests.support import recordings
from tests.support.secret_shapes import VALUES

CANARY = VALUES["random"]
FILES = {"issue.md", "report.md", "recording.diag.gz"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bug"


def test_a_recording_becomes_questions_versions_and_a_report(folder: Path) -> None:
    found = run("report-bug", str(recordings.path("V10")), "--to", str(folder))
    assert found.exit_code == 0, found.output
    assert {each.name for each in folder.iterdir()} == FILES
    issue = (folder / "issue.md").read_text()
    assert "## What was really wrong?" in issue
    assert "recording format" in issue
    assert "vault.role-not-found" in (folder / "report.md").read_text()
    # For the owner alone, until that person sends it.
    assert [each.stat().st_mode & 0o077 for each in (folder, folder / "recording.diag.gz")] == [0, 0]


def test_it_says_what_is_in_it(folder: Path) -> None:
    found = run("report-bug", str(recordings.path("V10")), "--to", str(folder))
    issue = (folder / "issue.md").read_text()
    for line in found.stdout.splitlines():
        if line.startswith(("Objects: ", "Logs: ", "Inside containers: ", "Readable in it: ", "Places ")):
            assert prose(line) in issue
    assert ", pods (11), " in found.stdout
    assert "the names of namespaces (kube-system, msp" in found.stdout
    assert "Places that look like a secret: 0." in found.stdout
    assert found.stdout.endswith("Nothing was sent.\n")


def test_the_copy_replays_with_the_same_answer(folder: Path) -> None:
    original = recordings.path("V10")
    assert run("report-bug", str(original), "--to", str(folder)).exit_code == 0
    replays = [run("all", "-q", "--replay", str(each)) for each in (original, folder / "recording.diag.gz")]
    assert replays[0].stdout == replays[1].stdout


def test_a_recording_of_an_earlier_version_is_redacted_again(folder: Path, tmp_path: Path) -> None:
    stored, original = recordings.recording("V10"), tmp_path / "old.diag"
    log = {"query": "ReadLog", "namespace": "msp", "pod": "made-up", "container": "app", "previous": False}
    leaking = {"query": log, "answer": {"head": [{"text": f"Authorization: Bearer {CANARY}"}]}}
    header = msgspec.structs.replace(stored.header, tool_version="0.0.1")
    exchanges = [*recordings.plain(stored), leaking]
    plain = {"format": recording.FORMAT, "header": header, "exchanges": exchanges}
    original.write_bytes(gzip.compress(msgspec.json.encode(plain)))
    assert CANARY in str([each.as_plain() for each in recording.load(original).exchanges.values()])
    assert run("report-bug", str(original), "--to", str(folder)).exit_code == 0
    copied = recording.load(folder / "recording.diag.gz")
    assert CANARY not in str([each.as_plain() for each in copied.exchanges.values()])
    assert "recorded by       0.0.1" in (folder / "issue.md").read_text()


def test_what_looks_like_a_secret_is_named_and_ends_with_1(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from diagnose.text import redaction

    left = redaction.Left("exchanges[3].answer", "value of password", "12 characters")
    monkeypatch.setattr("diagnose.cli.report_bug.redaction.left_in", lambda _: iter([left]))
    found = run("report-bug", str(recordings.path("V10")), "--to", str(folder))
    assert found.exit_code == 1
    assert "exchanges[3].answer: value of password (12 characters)" in found.stdout


def test_text_of_a_recording_is_no_markup_and_moves_no_cursor(folder: Path, tmp_path: Path) -> None:
    stored, original = recordings.recording("V10"), tmp_path / "old.diag"
    header = msgspec.structs.replace(stored.header, context="@team \x1b[31m<b>", tool_version="1\n```\n# one")
    recording.save(original, header, stored.exchanges.values())
    found = run("report-bug", str(original), "--to", str(folder))
    issue = (folder / "issue.md").read_text()
    assert "\x1b" not in found.stdout + issue
    assert "`(@team`" in issue
    assert "<b>" not in issue
    assert "\n# one" not in issue


def test_a_folder_with_files_is_not_overwritten(folder: Path) -> None:
    folder.mkdir()
    (folder / "issue.md").write_text("answered")
    found = run("report-bug", str(recordings.path("V10")), "--to", str(folder))
    assert (found.exit_code, (folder / "issue.md").read_text()) == (2, "answered")
    assert "is not empty; choose another folder with --to" in found.stderr


@pytest.mark.parametrize(
    ("content", "reason"), [(b"no recording", "is not a recording of diagnose"), (None, "does not exist")]
)
def test_what_is_no_recording_is_wrong_usage(content: bytes | None, reason: str, folder: Path, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    found = run("report-bug", str(tmp_path / "file"), "--to", str(folder))
    assert found.exit_code == 2
    assert reason in found.stderr


def test_a_recording_of_another_namespace_than_the_given_one_is_refused(folder: Path) -> None:
    found = run("report-bug", str(recordings.path("V10")), "-n", "other", "--to", str(folder))
    assert found.exit_code == 2
    assert "the recording is of namespace msp, not of other" in found.stderr


def test_without_a_recording_the_run_is_recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def replayed(request: Request, settings: Settings, stop: threading.Event) -> Examined:
        return once(msgspec.structs.replace(request, replay=recordings.path("V10")), settings, stop)

    monkeypatch.setattr("diagnose.cli.run.once", replayed)
    found = run("report-bug", "-n", "msp", "--to", str(folder))
    assert found.exit_code == 0, found.output
    assert "vault.role-not-found" in run("all", "-q", "--replay", str(folder / "recording.diag.gz")).stdout


def test_without_a_recording_the_cluster_is_examined(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    found = run("report-bug", "-n", "msp", "--kubeconfig", str(tmp_path / "config"), "--to", str(folder))
    assert found.exit_code == 2
    assert "config has no context" in found.stderr
