"""The results of the benchmark: one row per run with a fault, stored after each, so that a run can be continued."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tests.lab.fault import Fault
from tests.lab.paste import Pasted
from tests.lab.verdict import AnsweredCause, Grade

FILE = "results.json"
FIRST, STEADY = "first", "steady"


class PodAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `diagnose pod` for one broken pod."""

    answered: tuple[str, ...]
    exit_code: int
    grade: Grade
    seconds: float


class FirstSight(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered when a stranger's fault was tried for the first time, which stays."""

    causes: tuple[AnsweredCause, ...]
    grade: Grade
    at: str = ""
    commit: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run with one fault: the injected causes, and the result of `diagnose all`.

    Attributes:
        stranger: whether the fault is of a public report.
        first_sight: of a stranger alone.
        look: first, as soon as the fault shows; or steady, when it has reached its later shape.
        names_objects: None where the fault has nothing to name.
        seconds: wall time of `diagnose all`.
        settled_after_s: from the injection until the look.
        trial_s: the whole trial with waiting and healing, on its last row.
        commit: the tool's own, with + if the tree was changed.
        as_role: whether it had no more rights than the role that `diagnose rbac` prints for its command.
        pasted: what came of its first fix, on its last row; a later run that pastes nothing keeps it.
        problem: why there is no answer, or what went wrong afterwards.
    """

    id: str
    title: str
    topic: str
    look: str = FIRST
    expected: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    warns: bool = False
    unknown: bool = False
    undecided: str = ""
    stranger: bool = False
    first_sight: FirstSight | None = None
    causes: tuple[AnsweredCause, ...] = ()
    exit_code: int | None = None
    grade: Grade = "broken"
    names_objects: bool | None = None
    seconds: float = 0.0
    api_calls: int = 0
    exec_calls: int = 0
    pod: PodAnswer | None = None
    settled_after_s: float = 0.0
    trial_s: float = 0.0
    at: str = ""
    commit: str = ""
    as_role: bool = False
    pasted: Pasted | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """The name of the look's files."""
        return self.id if self.look == FIRST else f"{self.id}@{self.look}"

    @property
    def answered(self) -> tuple[str, ...]:
        """The codes of the causes, the root cause first."""
        return tuple(cause.code for cause in self.causes)


def load(path: Path) -> list[Row]:
    """Returns the rows in a file; none if there is no such file."""
    return msgspec.json.decode(path.read_bytes(), type=list[Row]) if path.exists() else []


def save(path: Path, rows: list[Row]) -> None:
    """Stores the rows."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n")


def merge(old: Sequence[Row], new: Sequence[Row], faults: Sequence[Fault]) -> list[Row]:
    """The new rows in place of those of the same faults, in the order of the faults, each with its first sight."""
    replaced = {row.id for row in new}
    stored = [row for row in old if row.id not in replaced] + list(new)
    order = {fault.id: position for position, fault in enumerate(faults)}
    ordered = sorted((row for row in stored if row.id in order), key=lambda row: order[row.id])
    strangers = {fault.id for fault in faults if fault.stranger}
    pasted = {row.name: row.pasted for row in old}
    marked = [
        msgspec.structs.replace(row, stranger=row.id in strangers, pasted=row.pasted or pasted.get(row.name))
        for row in ordered
    ]
    return with_first_sight(marked, old)


def with_first_sight(rows: Iterable[Row], earlier: Iterable[Row]) -> list[Row]:
    """The rows; those of strangers with the earliest answer there is, in these rows or in earlier ones."""
    rows = list(rows)
    first: dict[str, FirstSight] = {}
    for row in (*earlier, *rows):
        for sight in filter(None, (row.first_sight, _sight(row))):
            if row.name not in first or sight.at < first[row.name].at:
                first[row.name] = sight
    return [msgspec.structs.replace(row, first_sight=first.get(row.name) if row.stranger else None) for row in rows]


def _sight(row: Row) -> FirstSight | None:
    """What a row answers, if it does."""
    if row.grade == "broken":
        return None
    return FirstSight(causes=row.causes, grade=row.grade, at=row.at, commit=row.commit)


def join(old: Sequence[Row], source: Path, target: Path, faults: Sequence[Fault]) -> list[Row]:
    """The rows of another run's folder in place of the old ones, with their recordings; not those without an answer."""
    answered = [row for row in load(source / FILE) if row.grade != "broken"]
    for row in answered:
        recording = source / f"{row.name}.diag"
        if recording.exists() and source.resolve() != target.resolve():
            shutil.copy(recording, target)
    return merge(old, answered, faults)
