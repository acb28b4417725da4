"""A mute hides what it names, while it holds, and nothing else."""

import threading
from datetime import date
from typing import Any

import pytest

import reports
from diagnose.cli.assembly import prepare
from diagnose.cli.settings import read
from diagnose.engine import mutes
from diagnose.model.report import ExitCode, Finding, Mute, Remediation, Report, Status, Verdict
from diagnose.target.request import Request
from reports.formats.json import read as read_report
from tests.support import recordings


def finding(*subjects: str, pods: tuple[str, ...] = ()) -> Finding:
    return Finding(code="a.x", summary="s", remediation=Remediation(summary="r."), subjects=subjects, pods=pods)


def mute(code: str = "a.x", about: str = "") -> Mute:
    return Mute(code=code, reason="r", until=date(2026, 12, 31), object=about)


@pytest.mark.parametrize(
    ("wanted", "of", "covered"),
    [
        (mute(), finding(), True),
        (mute("a.check"), finding(), True),
        (mute("a.y"), finding(), False),
        (mute(about="pod/w-*"), finding("pod/w-1", "pod/w-2"), True),
        (mute(about="w-1"), finding("pod/w-1"), True),
        (mute(about="pod/w-1"), finding(pods=("w-1",)), True),
        (mute(about="secret/db"), finding("secret/db", "pod/w-1", "pod/w-2"), True),
        # Of two pods one is muted: the other still counts, so the finding does.
        (mute(about="pod/w-1"), finding("pod/w-1", "pod/w-2"), False),
        (mute(about="secret/db"), finding("secret/db", "secret/other"), False),
        (mute(about="pod/w-1"), finding(), False),
    ],
)
def test_what_a_mute_covers(wanted: Mute, of: Finding, covered: bool) -> None:
    assert mutes.covers(wanted, "a.check", of) is covered


def test_the_last_day_still_counts() -> None:
    assert mutes.active([mute()], date(2026, 12, 31)) == (mute(),)
    assert mutes.active([mute()], date(2027, 1, 1)) == ()


def replayed(name: str, **entry: Any) -> Report:
    lines = "\n".join(f"{key} = {value}" for key, value in entry.items())
    request = Request(replay=recordings.path(name))
    return prepare(request, read(f"[[mute]]\n{lines}\n")).run(threading.Event())


def test_what_follows_from_a_muted_finding_still_fails() -> None:
    report = replayed("P05", code='"database.login-rejected"', reason='"on purpose"', until="2099-01-01")
    assert [each.finding.code for each in report.muted] == ["database.login-rejected"]
    assert report.exit_code is ExitCode.FAILED
    assert [cause.finding.code for cause in report.causes] == ["logs.startup-failed"]


def test_a_muted_finding_alone_neither_fails_nor_passes() -> None:
    report = replayed("K25", code='"scaling.drain-blocked"', reason='"a drain by hand"', until="2099-01-01")
    own = next(each for each in report.outcomes if each.muted)
    assert (own.check, own.status) == ("scaling.drain-possible", Status.SKIP)
    assert (report.verdict, report.exit_code, report.causes) == (Verdict.HEALTHY, ExitCode.OPEN, ())
    for name in ("console", "markdown"):
        shown = " ".join(reports.RENDERERS[name](report, reports.Options(width=200)).split())
        assert "1 muted: scaling.drain-blocked until 2099-01-01, because a drain by hand" in shown
    assert read_report(reports.RENDERERS["json"](report, reports.Options())).muted == report.muted


def test_after_its_day_a_mute_holds_for_nothing_and_the_run_says_so() -> None:
    report = replayed("K25", code='"scaling.drain-blocked"', reason='"a drain by hand"', until="2020-01-01")
    assert (report.exit_code, report.muted) == (ExitCode.FAILED, ())
    shown = " ".join(reports.RENDERERS["console"](report, reports.Options(width=200)).split())
    assert "the mute of scaling.drain-blocked expired on 2020-01-01 and no longer applies" in shown
