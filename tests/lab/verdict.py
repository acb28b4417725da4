"""How good an answer is, measured against what a fault expects."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from tests.lab.fault import Fault

Grade = Literal["exact", "listed", "symptom", "missed", "false-alarm", "right", "captured", "broken"]
GOOD: frozenset[Grade] = frozenset({"exact", "right", "captured"})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a diagnosis answered; exit code -1 if it did not end in time."""

    exit_code: int
    causes: tuple[tuple[str, str], ...] = ()
    """Code and summary of each cause, the root cause first."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The result of one fault."""

    id: str
    title: str
    expected: tuple[str, ...]
    answered: tuple[str, ...] = ()
    exit_code: int | None = None
    grade: Grade
    seconds: float = 0.0
    summary: str = ""
    problem: str = ""


def read_answer(report: Path, exit_code: int) -> Answer:
    """The answer in a JSON report; without a readable report, an answer without causes."""
    try:
        causes = json.loads(report.read_text())["causes"]
        return Answer(exit_code=exit_code, causes=tuple((each["code"], each["summary"]) for each in causes))
    except (OSError, ValueError, KeyError, TypeError):
        return Answer(exit_code=exit_code)


def grade(fault: Fault, answer: Answer) -> Grade:
    """The grade of an answer.

    exact: the causes expected and no others, the named things in the first one's summary. listed: the root cause is
    among those answered. symptom: only other causes are. missed: no cause is. For a healthy worker: right, or
    false-alarm.
    """
    codes = {code for code, _ in answer.causes}
    if not fault.causes:
        return "right" if not codes and answer.exit_code == 0 else "false-alarm"
    if not codes:
        return "missed"
    if fault.causes[0] not in codes:
        return "symptom"
    summaries = " ".join(summary for code, summary in answer.causes if code == fault.causes[0])
    # Causes that do not depend on each other have no order.
    is_exact = codes == set(fault.causes) and all(name in summaries for name in fault.names)
    return "exact" if is_exact else "listed"


def with_problem(row: Row, problem: str) -> Row:
    """The row with one more problem noted."""
    return replace(row, problem=f"{row.problem}; {problem}" if row.problem else problem)


def write_results(path: Path, rows: Sequence[Row]) -> None:
    """Keep the results as JSON."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n")


def line(row: Row) -> str:
    """One line for a terminal."""
    first = row.answered[0] if row.answered else "-"
    exit_code = "-" if row.exit_code is None else row.exit_code
    wanted = ", ".join(row.expected) or "healthy"
    text = f"{row.id:<10} {exit_code:>3}  {wanted:<52} {first:<34} {row.grade:<11} {row.seconds:6.1f} s"
    return f"{text}  {row.problem}" if row.problem else text


def table(rows: Sequence[Row]) -> str:
    """All results as a Markdown table."""
    head = "| fault | title | exit | expected | answered | grade | seconds |\n|---|---|---|---|---|---|---|\n"
    return head + "\n".join(_table_row(row) for row in rows)


def _table_row(row: Row) -> str:
    exit_code = "" if row.exit_code is None else str(row.exit_code)
    note = f"{row.grade}: {row.problem}" if row.problem else row.grade
    wanted, answered = ", ".join(row.expected) or "healthy", ", ".join(row.answered) or "-"
    cells = (row.id, row.title, exit_code, wanted, answered, note, f"{row.seconds:.1f}")
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
