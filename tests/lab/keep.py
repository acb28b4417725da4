"""Takes recordings of a run over as tests and demo incidents: `python -m tests.lab.keep DIR`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import msgspec

from diagnose.sources.recording import load, save
from tests.lab.faults import FAULTS

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests/recordings"
DEMO = ROOT / "checks/demo"
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


def main(folder: Path) -> None:
    """Copy what was recorded, with what was injected as its title and as its expectation."""
    expected = {}
    for fault in FAULTS:
        path = folder / f"{fault.id}.diag"
        if not path.exists():
            continue
        recording = load(path)
        header = msgspec.structs.replace(recording.header, about=fault.title)
        for target in (
            RECORDINGS / path.name,
            *([DEMO / f"{INCIDENTS[fault.id]}.diag"] if fault.id in INCIDENTS else []),
        ):
            save(target, header, recording.exchanges.values())
        expected[fault.id] = {key: asdict(fault)[key] for key in ("title", "causes", "names")}
    text = json.dumps(expected, indent=1, ensure_ascii=False)
    (RECORDINGS / "expected.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
