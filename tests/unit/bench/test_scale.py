"""Recordings of many pods."""

from pathlib import Path

import pytest

from diagnose.sources.recording import load
from tests.bench.scale import STATES, write
from tests.support import pasted

PODS = 4


@pytest.mark.parametrize(("state", "cause"), [("crash", {"release.change-suspected"}), ("healthy", set())])
def test_a_recording_of_many_pods_has_the_cause_of_one(state: str, cause: set[str], tmp_path: Path) -> None:
    write(tmp_path / "many.diag", PODS, state)
    recording = load(tmp_path / "many.diag")
    listed = [each.plain["items"] for each in recording.exchanges.values() if each.query.get("plural") == "pods"]
    names = [each["metadata"]["name"] for items in listed for each in items]
    assert [sum(each.endswith(f"-{number:05}") for each in names) for number in range(PODS + 1)] == [1] * PODS + [0]
    assert {each.finding.code for each in pasted.replayed(recording).causes} == cause


def test_every_state_can_be_written(tmp_path: Path) -> None:
    for state in STATES:
        write(tmp_path / state, PODS, state)
