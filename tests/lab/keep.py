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


# Injected by hand, most of them on an install with plain Secrets instead of the Vault agent.
BY_HAND: dict[str, dict[str, object]] = {
    "PS-N01": {"title": "Healthy, with plain Secrets", "causes": (), "names": ()},
    "PS-P03": {
        "title": "The database host does not exist, with plain Secrets",
        "causes": ("database.host-not-found",),
        "names": ("nosuch.msp.svc.cluster.local",),
    },
    "P-BEHIND": {
        "title": "PostgreSQL is down behind PgBouncer",
        "causes": ("database.pooler-cannot-connect",),
        "names": ("PgBouncer", "msp/db"),
    },
    "K27": {
        "title": "A NetworkPolicy drops the way to the database, with plain Secrets",
        "causes": ("database.timed-out",),
        "names": ("pgbouncer", "lab-no-db"),
    },
}


def main(folder: Path) -> None:
    """Copy what was recorded, with what was injected as its title and as its expectation."""
    injected = {
        fault.id: {key: asdict(fault)[key] for key in ("title", "causes", "names")} for fault in FAULTS
    } | BY_HAND
    expected = {}
    for name, fault in injected.items():
        path = folder / f"{name}.diag"
        if not path.exists():
            continue
        recording = load(path)
        header = msgspec.structs.replace(recording.header, about=str(fault["title"]))
        for target in (
            RECORDINGS / path.name,
            *([DEMO / f"{INCIDENTS[name]}.diag"] if name in INCIDENTS else []),
        ):
            save(target, header, recording.exchanges.values())
        expected[name] = fault
    text = json.dumps(expected, indent=1, ensure_ascii=False)
    (RECORDINGS / "expected.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
