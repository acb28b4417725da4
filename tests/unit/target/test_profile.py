"""A pod that is not the worker's is examined as what it is, and nobody asks it for the worker's things."""

import threading

import pytest

from checks import CHECKS
from diagnose.check.api import Check
from diagnose.cli.assembly import prepare
from diagnose.cli.catalogue import profiles
from diagnose.engine.catalogue import NAMES, names_of
from diagnose.model.report import Report, Status
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.kit import context

GENERIC = profiles()["generic"]


def replayed(name: str, **asked: str) -> Report:
    request = Request(replay=recordings.path(name), **asked)  # type: ignore[arg-type]
    return prepare(request).run(threading.Event())


def test_a_pod_of_another_kind_chooses_the_profile_and_says_why() -> None:
    target = replayed("N51").target
    assert target.profile == "generic"
    assert "no setting names Temporal" in target.profile_reason


def test_a_pod_of_the_worker_keeps_its_profile() -> None:
    pod = replayed("N01").target.pods[0]
    target = replayed("N01", pod=pod).target
    assert (target.profile, target.profile_reason) == (
        "alga-psa",
        "by variable ALGA_AUTH_KEY of container temporal-worker",
    )


def test_a_requested_profile_is_not_changed() -> None:
    target = replayed("N51", profile="temporal-worker").target
    assert (target.profile, target.profile_reason) == ("temporal-worker", "requested as temporal-worker")


def test_what_only_the_worker_has_is_skipped_and_not_unknown() -> None:
    report = replayed("N51")
    assert report.count(Status.UNKNOWN) == 0
    ended = {each.check: each for each in report.outcomes}
    assert ended["database.login-accepted"].reason == "the profile generic knows no database of its own"
    assert ended["temporal.queues-polled"].status is Status.SKIP
    assert ended["workload.ready"].status is Status.PASS


def test_steps_for_a_stateful_set_name_it() -> None:
    steps = replayed("Q06").causes[0].finding.remediation.steps
    assert "set image statefulset/lab-stranger " in steps[0].command


def test_a_check_that_the_profile_leaves_out_can_be_selected() -> None:
    known = {check.id for check in CHECKS} | {check.topic for check in CHECKS}
    assert set(GENERIC.knows_no) <= known


@pytest.mark.parametrize("check", [each for each in CHECKS if not GENERIC.lacks(each.id)], ids=lambda c: c.id)
def test_a_selected_check_requires_no_check_that_is_left_out(check: Check) -> None:
    assert not [each for each in check.requires if GENERIC.lacks(each)]


def test_every_name_that_a_text_may_use_has_a_value() -> None:
    assert tuple(names_of(context().target)) == NAMES
