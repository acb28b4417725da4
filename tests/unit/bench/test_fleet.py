"""The reports of 200 namespaces on one page: none is lost, and every format stays small and valid."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli.group import group
from tests.bench.fleet import EXPECTED, HEALTHY, ODD, TARGETS, write
from tests.reports.test_fleet import Shape

INCIDENTS = (*HEALTHY[:1], "V10", "T01", "K09")
# What the reader of each format takes: a message, a comment, a parameter of Argo, a page that opens at once.
MOST = {"short": 2_000, "slack": 4_000, "markdown": 65_536, "console": 100_000, "html": 600_000, "json": 600_000}
REASONS = {
    "truncated": "its end is missing",
    "empty": "it is empty",
    "garbage": "this is no report of diagnose",
    "of_another_format": "the report has schema version 2.0",
    "partial": "checks: not a verdict (only vault)",
    "incomplete": "the run was not completed",
    "old": "the report is 7 d old",
    "missing": "expected, but there is no report",
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("fleet")
    return folder, write(folder, names=INCIDENTS)


def merged(folder: Path, form: str) -> str:
    done = CliRunner().invoke(group, ["merge", str(folder), "--expect", str(folder / EXPECTED), "-o", form])
    assert done.exit_code == 1, done.output
    return done.stdout


def test_each_expected_namespace_is_one_target_and_unknown_with_the_reason_where_its_report_cannot_be_used(
    fleet: tuple[Path, dict[str, str]],
) -> None:
    folder, kinds = fleet
    members = {each["namespace"]: each for each in json.loads(merged(folder, "json"))["members"]}
    assert len(members) == len(json.loads(merged(folder, "json"))["members"]) == TARGETS
    unknown = set()
    for name, kind in kinds.items():
        state, said = members[name]["state"], members[name]["sentence"]
        # A failure of a partial or unfinished run is one.
        if kind in REASONS and state not in {"broken", "degraded"}:
            assert (state, REASONS[kind] in said) == ("unknown", True), (name, kind, state, said)
            unknown.add(kind)
        elif kind in HEALTHY:
            assert state == "healthy", (name, said)
    assert unknown == set(REASONS)
    assert {kind for kind in kinds.values() if kind not in INCIDENTS} == {each.__name__ for each in ODD}


@pytest.mark.parametrize("form", MOST)
def test_every_format_of_200_targets_is_bounded(form: str, fleet: tuple[Path, dict[str, str]]) -> None:
    text = merged(fleet[0], form)
    assert len(text.encode()) <= MOST[form]
    assert f"{TARGETS} targets" in text or form == "json"
    if form == "html":
        assert Shape(text).tags.count("tr") == TARGETS + 1
