"""A fault of the tool costs its own part of the report; it never makes a report better, and never takes it away."""

import threading

import pytest

import diagnose.engine.diagnosis
from diagnose.cli.assembly import prepare
from diagnose.model.report import ExitCode, Report, Status
from diagnose.target.request import NoSuchTargetError, Request
from tests.support import recordings


def run() -> Report:
    return prepare(Request(replay=recordings.path("K02"))).run(threading.Event())


def break_part(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(diagnose.engine.diagnosis, name, fails)


@pytest.mark.parametrize(
    "part",
    [
        "explain",
        "for_owner",
        "with_effects",
        "works",
        "impact_of",
        "with_contacts",
        "caused_by_revision",
        "advise",
        "timeline",
    ],
)
def test_after_the_checks_a_fault_costs_its_own_part_alone(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run()
    break_part(monkeypatch, part, RuntimeError("a mistake in it"))
    found = run()
    assert [(each.check, each.status) for each in found.outcomes] == [
        (each.check, each.status) for each in whole.outcomes
    ]
    assert {each.finding.code for each in whole.causes} <= {each.finding.code for each in found.causes}
    assert (found.exit_code, found.complete) == (ExitCode.FAILED, True)


@pytest.mark.parametrize("part", ["discover_all", "names_of", "SharedRunData"])
@pytest.mark.parametrize("error", [RuntimeError("a mistake"), RecursionError("nested"), MemoryError()])
def test_before_the_checks_a_fault_makes_all_of_them_unknown(
    part: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_part(monkeypatch, part, error)
    found = run()
    assert {each.status for each in found.outcomes} == {Status.UNKNOWN}
    assert found.exit_code is ExitCode.INCOMPLETE
    assert all(("please report it" in each.reason) is (type(error) is RuntimeError) for each in found.outcomes)


def test_a_target_that_does_not_exist_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    break_part(monkeypatch, "discover_all", NoSuchTargetError("there is no pod x"))
    with pytest.raises(NoSuchTargetError):
        run()
