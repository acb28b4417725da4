"""Takes the results of a run over: docs/accuracy.*, and the recordings as tests and demo incidents."""

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from diagnose.cli.assembly import prepare
from diagnose.model.report import Finding
from diagnose.sources.recording import encode, load, save
from diagnose.target.request import Request
from tests.lab import page, results
from tests.lab.faults import FAULTS, NOT_INJECTED
from tests.lab.paste import Fix, first_fix
from tests.lab.results import Row
from tests.lab.verdict import ALWAYS, GOOD, AnsweredCause
from tests.replay.store import Expectation, Incident, Store
from tests.replay.trimming import report_of, trimmed

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


def publish(
    root: Path, folder: Path, rows: list[Row], versions: Mapping[str, str], remark: str = "", *, fresh: bool = False
) -> None:
    """Write the documents, and copy each recording with what was injected as its title and its expectation.

    What was published of other faults stays, with its remark, unless the run is a fresh one. The remark is of the
    circumstances of the run, such as what else the machine did.
    """
    docs = root / "docs"
    answered = [row for row in rows if row.grade != "broken"]
    earlier = published(docs / "accuracy.json")
    before = Published() if fresh else earlier
    remark = " ".join(filter(None, (before.remark, remark)))
    # What was answered at first sight stays also when all else is made afresh.
    output = results.with_first_sight(results.merge(before.rows, answered, FAULTS), earlier.rows)
    done = {row.id for row in output}
    waiting = [fault.id for fault in FAULTS if fault.id not in done]
    stored = {"versions": versions, "remark": remark, "rows": output, "waiting": waiting, "not_injected": NOT_INJECTED}
    keep_recordings(root, folder, answered)
    (docs / "accuracy.json").write_bytes(msgspec.json.format(msgspec.json.encode(stored), indent=1) + b"\n")
    store = Store(root / "tests/replay")
    shown, offered = list(_with_confidence(output, store)), list(_offered(output, store))
    text = page.markdown(shown, NOT_INJECTED, versions, waiting, remark, offered)
    (docs / "accuracy.md").write_text(text, encoding="utf-8")


class Published(msgspec.Struct, frozen=True):
    """The published results, as far as a later run continues them."""

    rows: list[Row] = []
    remark: str = ""


def published(path: Path) -> Published:
    """Returns the published results; nothing where there are none yet."""
    return msgspec.json.decode(path.read_bytes(), type=Published) if path.exists() else Published()


def replay(path: Path) -> tuple[AnsweredCause, ...]:
    """The causes that today's checks find in a recording."""
    return tuple(msgspec.convert(finding, AnsweredCause, from_attributes=True) for finding in _findings(path))


def _findings(path: Path) -> list[Finding]:
    return [cause.finding for cause in prepare(Request(replay=path)).run(threading.Event()).causes]


def _offered(rows: Iterable[Row], store: Store) -> Iterator[tuple[Row, Fix]]:
    """Yields today's first fix of each fault whose first cause is right in its recording."""
    recorded = store.expected
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            fix = first_fix(_findings(store.unpack(row.name, Path(folder)))) if row.name in recorded else None
            if fix and fix.code in row.expected:
                yield row, fix


def _with_confidence(rows: Iterable[Row], store: Store) -> Iterator[Row]:
    """Yields the rows; where the confidence was not kept, with that of a replay which answers the same."""
    recorded = store.expected
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            is_known = all(cause.confidence for cause in row.causes)
            replayed = () if is_known or row.name not in recorded else replay(store.unpack(row.name, Path(folder)))
            same = replayed and [cause.code for cause in replayed] == list(row.answered)
            yield msgspec.structs.replace(row, causes=replayed) if same else row


def keep_recordings(root: Path, folder: Path, rows: list[Row]) -> None:
    """Take the run's recordings over, but for those of faults of which an older one is answered exactly.

    Tests name the times of these, and an answer that was once right has to stay so; what a later run missed is on the
    page. What no fault made stays, too; a recording whose fault is gone has to be deleted by hand.
    """
    store = Store(root / "tests/replay")
    expected = store.expected
    incidents = {}
    for row in rows:
        made = folder / f"{row.name}.diag"
        old = expected.get(row.name)
        if not made.exists() or (old and _is_exact(old, row)):
            continue
        recording = trimmed(load(made), report_of(made))
        header = msgspec.structs.replace(recording.header, about=row.title)
        exchanges = recording.exchanges.values()
        if row.name in INCIDENTS:
            save(root / f"checks/demo/{INCIDENTS[row.name]}.diag", header, exchanges)
        answered = row.answered if row.grade in GOOD else [cause.code for cause in replay(made)]
        expectation = _expectation(row, answered, header.arguments.get("occasion", ""))
        incidents[row.name] = Incident(encode(header, exchanges), expectation)
    store.save(incidents)


def _is_exact(old: Expectation, row: Row) -> bool:
    """Whether an older recording of the same fault, of which the same is expected, was answered exactly."""
    return old.answered is None and old.causes == row.expected


def _expectation(row: Row, answered: Iterable[str], occasion: str) -> Expectation:
    always = ALWAYS.get(occasion, frozenset()) - set(row.expected)
    answered = tuple(each for each in answered if each not in always)
    return Expectation(
        title=row.title,
        causes=row.expected,
        names=row.names if row.names_objects else (),
        warns=row.warns,
        unknown=row.unknown,
        # What is reported where it is not what was injected: a change is to be noticed, too.
        answered=None if set(answered) == set(row.expected) else answered,
    )
