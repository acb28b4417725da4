"""Makes the reports of a fleet from recorded incidents, as the pods of `deploy/argo/fleet.yaml` leave them.

`python -m tests.bench.fleet FOLDER [TARGETS]` writes them, and `expected.txt` beside them.
"""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from reports import RENDERERS, Options
from tests.support import recordings, tracing

Json = dict[str, Any]
TARGETS = 200
EXPECTED = "expected.txt"
HEALTHY = ("N01", "N02", "N03", "N10")
FAILING = (
    "V10", "V11", "P05", "P16", "K01", "K09", "K12", "D01", "T01", "T05", "X07", "K07", "H01", "Q03", "R01", "G01",
    "B01", "A10", "S05", "W10",
)  # fmt: skip
# Every third namespace fails.
EVERY = 3


def truncated(report: Json) -> str:
    """A report whose pod was killed while it wrote."""
    text = _text(report)
    return text[: len(text) // 2]


def empty(_: Json) -> str:
    """A file that was begun."""
    return ""


def garbage(_: Json) -> str:
    """Something else in its place."""
    return "\x00\x7fELF\x02\x01 no report"


def of_another_format(report: Json) -> str:
    """A report of a version that has another format."""
    return _text(report | {"schema_version": "2.0"})


def of_a_later_version(report: Json) -> str:
    """A report of a later version with the same format, which has more keys."""
    return _text(report | {"schema_version": "1.99", "tool": {"name": "diagnose", "version": "9.9"}, "later": {"a": 1}})


def partial(report: Json) -> str:
    """A run of some checks."""
    return _text(report | {"selection": {"available": 90, "only": ["vault"]}})


def incomplete(report: Json) -> str:
    """A run that was stopped at its deadline."""
    return _text(report | {"complete": False})


def old(report: Json) -> str:
    """A report of last week, from a pod that did not run since."""
    return _text(report | {"started_at": (datetime.now(UTC) - timedelta(days=7)).isoformat()})


def missing(_: Json) -> None:
    """No file: the pod never ran."""


ODD: tuple[Callable[[Json], str | None], ...] = (
    truncated, empty, garbage, of_another_format, partial, of_a_later_version, incomplete, old, missing,
)  # fmt: skip
"""What else is in the place of a report, two of each in 200."""


def write(folder: Path, targets: int = TARGETS, names: Iterable[str] = (*HEALTHY, *FAILING)) -> dict[str, str]:
    """Writes the reports of so many namespaces, and returns what there is of each by its name.

    That is the recording of its report, or the name of what is odd of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: _replayed(name) for name in names}
    healthy, failing = (cycle([each for each in found if (each in HEALTHY) is well]) for well in (True, False))
    written: dict[str, str] = {}
    for number in range(targets):
        name = f"team-{number:03}"
        incident = next(failing if number % EVERY == 0 else healthy)
        report = _of(found[incident], name)
        odd = ODD[number // 10 % len(ODD)] if number % 10 == 1 and number < 2 * 10 * len(ODD) else None
        text = odd(report) if odd else _text(report)
        written[name] = odd.__name__ if odd else incident
        if text is not None:
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
    (folder / EXPECTED).write_text("".join(f"{name}\n" for name in written), encoding="utf-8")
    return written


def _replayed(incident: str) -> Json:
    report: Json = json.loads(RENDERERS["json"](tracing.replay(recordings.path(incident)).report, Options()))
    return report


def _of(report: Json, namespace: str) -> Json:
    """Returns the report as that of another namespace, of now."""
    before = report["target"]["namespace"]
    made: Json = json.loads(json.dumps(report).replace(f"-n {before} ", f"-n {namespace} "))
    made["target"]["namespace"] = namespace
    return made | {"started_at": datetime.now(UTC).isoformat()}


def _text(report: Json) -> str:
    return f"{json.dumps(report, indent=2)}\n"


if __name__ == "__main__":
    for each, kind in write(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else TARGETS).items():
        print(each, kind)
