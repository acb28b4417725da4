"""docs/runbook.md: no statement without an answer, no answer that is not there, and no stale page."""

from pathlib import Path

import pytest

from checks import CHECKS, runbook
from checks.runbook import Statement
from diagnose.cli import runbook as page
from diagnose.cli.group import COMMANDS

ROOT = Path(__file__).parents[2]
ROWS = [row for section in runbook.load() for row in section.row]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says[:40])
def test_a_statement_is_answered_by_what_is_there(row: Statement) -> None:
    assert row.checks or row.commands or row.reason
    assert set(row.checks) <= {check.id for check in CHECKS}
    assert {command.split()[0] for command in row.commands} <= set(COMMANDS)


def test_the_page_is_what_the_statements_say() -> None:
    assert (ROOT / "docs/runbook.md").read_text(encoding="utf-8") == page.markdown()
