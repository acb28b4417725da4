"""The results of the benchmark: one row per run with a fault, stored after each, so that a run can be continued."""

import shutil
from pathlib import Path

import msgspec

from tests.lab.verdict import Grade

FILE = "results.json"
FIRST, STEADY = "first", "steady"


class PodAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `diagnose pod` for one broken pod."""

    answered: tuple[str, ...]
    exit_code: int
    grade: Grade
    seconds: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One run with one fault: the injected causes, and the result of `diagnose all`.

    Attributes:
        look: first, as soon as the fault shows; or steady, when it has reached its later shape.
        names_objects: None where the fault has nothing to name.
        seconds: wall time of `diagnose all`.
        settled_after_s: from the injection until the look.
        trial_s: the whole trial with waiting and healing, on its last row.
        commit: the tool's own, with + if the tree was changed.
        as_role: whether it had no more rights than the role that `diagnose rbac` prints for its command.
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
    answered: tuple[str, ...] = ()
    summary: str = ""
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
    problem: str = ""

    @property
    def name(self) -> str:
        """The name of the look's files."""
        return self.id if self.look == FIRST else f"{self.id}@{self.look}"


def load(path: Path) -> list[Row]:
    """Returns the rows in a file; none if there is no such file."""
    return msgspec.json.decode(path.read_bytes(), type=list[Row]) if path.exists() else []


def save(path: Path, rows: list[Row]) -> None:
    """Stores the rows."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n")


def merge(old: list[Row], new: list[Row], order: list[str]) -> list[Row]:
    """The new rows in place of the old ones of the same faults, in the order of these ids."""
    replaced = {row.id for row in new}
    stored = [row for row in old if row.id not in replaced] + new
    return sorted((row for row in stored if row.id in order), key=lambda row: order.index(row.id))


def join(old: list[Row], source: Path, target: Path, order: list[str]) -> list[Row]:
    """The rows of another run's folder in place of the old ones, with their recordings; not those without an answer."""
    answered = [row for row in load(source / FILE) if row.grade != "broken"]
    for row in answered:
        recording = source / f"{row.name}.diag"
        if recording.exists() and source.resolve() != target.resolve():
            shutil.copy(recording, target)
    return merge(old, answered, order)
