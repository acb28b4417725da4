"""A run of selected checks states which, of how many, and which settings file selected them."""

import threading
from typing import Any

import pytest

from diagnose.cli.assembly import prepare
from diagnose.cli.settings import Settings, read
from diagnose.model.report import CheckSelection, ExitCode, Verdict
from diagnose.target.request import Request
from tests.support import recordings


def selection(settings: Settings | None = None, **request: Any) -> CheckSelection | None:
    examination = prepare(Request(replay=recordings.path("N01"), **request), settings)
    report = examination.run(threading.Event())
    assert (report.verdict is Verdict.HEALTHY) == (report.selection is None)
    assert report.exit_code is ExitCode.OPEN
    return report.selection


def test_a_whole_run_has_none() -> None:
    assert selection() is None


@pytest.mark.parametrize("chosen", [{"only": ("health",)}, {"skip": ("vault",)}])
def test_flags_select_a_part(chosen: dict[str, Any]) -> None:
    found = selection(**chosen)
    assert found is not None
    assert found.available > 90
    assert (found.only, found.skip, found.file) == (chosen.get("only", ()), chosen.get("skip", ()), "")


def test_the_settings_file_that_selects_a_part_is_named() -> None:
    found = selection(read('[run]\nskip = ["vault"]', "site.toml"))
    assert found is not None
    assert (found.skip, found.file) == (("vault",), "site.toml")


def test_a_check_that_would_not_run_anyway_leaves_the_run_whole() -> None:
    assert selection(skip=("policy.account-own",)) is None
