"""Takes the results of a run over: docs/accuracy.*, and the recordings as tests and demo incidents."""

import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from diagnose.cli.wiring import Request, prepare
from diagnose.settings import Settings
from diagnose.sources.recording import load, save
from tests.lab import page
from tests.lab.faults import FAULTS, NOT_INJECTED
from tests.lab.results import Row
from tests.lab.verdict import ALWAYS, GOOD

INCIDENTS = {
    "N01": "healthy",
    "V10": "vault-role-missing",
    "V26": "vault-sealed",
    "P05": "database-password-wrong",
    "T01": "temporal-frontend-down",
    "K02": "image-tag-not-found",
    "H09": "health-port-mismatch",
    "C-P01-T07": "two-causes-at-once",
}
"""The recordings that `diagnose demo` shows, by the fault's id."""


def publish(root: Path, folder: Path, rows: list[Row], versions: Mapping[str, str], remark: str = "") -> None:
    """Write the documents, and copy each recording with what was injected as its title and its expectation.

    The remark is of the circumstances of the run, such as what else the machine did.
    """
    docs = root / "docs"
    answered = {row.id for row in rows if row.grade != "broken"}
    waiting = [fault.id for fault in FAULTS if fault.id not in answered]
    told = [row for row in rows if row.id in answered]
    kept = {"versions": versions, "remark": remark, "rows": told, "waiting": waiting, "not_injected": NOT_INJECTED}
    (docs / "accuracy.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")
    (docs / "accuracy.md").write_text(page.markdown(told, NOT_INJECTED, versions, waiting, remark), encoding="utf-8")
    keep_recordings(root, folder, told)


def replay(path: Path) -> tuple[str, ...]:
    """The codes of the causes that today's checks find in a recording."""
    report = prepare(Request(settings=Settings(), replay=path)).run(threading.Event())
    return tuple(cause.finding.code for cause in report.causes)


def keep_recordings(root: Path, folder: Path, rows: list[Row]) -> None:
    """Replace the tests' recordings by those of the run."""
    recordings = root / "tests/recordings"
    for old in recordings.glob("*.diag"):
        old.unlink()
    expected = {}
    for row in rows:
        path = folder / f"{row.name}.diag"
        if row.grade == "broken" or not path.exists():
            continue
        recording = load(path)
        header = msgspec.structs.replace(recording.header, about=row.title)
        targets = [recordings / path.name]
        if row.name in INCIDENTS:
            targets.append(root / "checks/demo" / f"{INCIDENTS[row.name]}.diag")
        for target in targets:
            save(target, header, recording.exchanges.values())
        always = ALWAYS.get(header.arguments.get("occasion", ""), frozenset()) - set(row.expected)
        said = [each for each in (row.answered if row.grade in GOOD else replay(path)) if each not in always]
        expected[row.name] = {
            "title": row.title,
            "causes": row.expected,
            "names": row.names if row.names_objects else (),
            **({"warns": True} if row.warns else {}),
            # What is said where it is not what was injected: a change is to be noticed, too.
            **({} if set(said) == set(row.expected) else {"answered": said}),
        }
    (recordings / "expected.json").write_bytes(msgspec.json.format(msgspec.json.encode(expected), indent=1) + b"\n")
