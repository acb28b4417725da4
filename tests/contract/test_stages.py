"""What holds for the stages of all checks, and for the exceptions from their order."""

from collections import Counter
from itertools import pairwise

import pytest
from msgspec.structs import replace

import checks
from diagnose.check import stages
from diagnose.check.api import Check, Code
from diagnose.check.stages import STAGES

CHECKS = {check.id: check for check in checks.CHECKS}
CODES = tuple((check, code) for check in checks.CHECKS for code in check.codes)


def test_every_check_has_a_stage_of_the_table() -> None:
    assert {check.stage for check in checks.CHECKS} <= set(STAGES)
    assert {code.stage for _, code in CODES if code.stage} <= set(STAGES)


def test_every_stage_is_used_and_named_once() -> None:
    used = {check.stage_of(code.id) for check, code in CODES}
    # It only joins others.
    assert set(STAGES) - used == {stages.DEPENDENCIES}
    assert set(Counter(stage.name for stage in STAGES).values()) == {1}


def test_no_stage_repeats_what_follows_from_another_one() -> None:
    repeated = [
        (stage.name, each.name)
        for stage in STAGES
        for each in stage.after
        if any(each in other.earlier for other in stage.after)
    ]
    assert not repeated


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.id)
def test_what_a_check_requires_is_of_an_earlier_stage(check: Check) -> None:
    assert all(CHECKS[required].stage in check.stage.earlier for required in check.requires)


@pytest.mark.parametrize(("check", "code"), CODES, ids=lambda each: each.id)
def test_a_code_declares_only_what_is_not_so_for_its_check(check: Check, code: Code) -> None:
    assert code.stage is not check.stage
    assert code.explained_by != check.explained_by


@pytest.mark.parametrize(
    "check", [each for each in CHECKS.values() if each.template is not None], ids=lambda each: each.id
)
def test_a_check_declares_a_template_only_where_a_stage_of_its_findings_has_another_one(check: Check) -> None:
    by_stage = replace(check, template=None)
    assert any(check.template_of(code.id) != by_stage.template_of(code.id) for code in check.codes)


@pytest.mark.parametrize(
    ("check", "code"), [each for each in CODES if each[1].template is not None], ids=lambda each: each.id
)
def test_a_code_declares_a_template_only_where_its_check_and_stage_have_another_one(check: Check, code: Code) -> None:
    without = replace(check, codes=(replace(code, template=None),))
    assert check.template_of(code.id) != without.template_of(code.id)


@pytest.mark.parametrize(("check", "code"), CODES, ids=lambda each: each.id)
def test_an_exception_names_what_is_there_and_what_the_stages_do_not_say(check: Check, code: Code) -> None:
    for name in check.exceptions_of(code.id):
        origins = [(origin, found.id) for origin, found in CODES if name in {origin.id, found.id}]
        assert origins, f"{name} is no check or code"
        derived = [origin.stage_of(found) in check.stage_of(code.id).earlier for origin, found in origins]
        assert not all(derived), f"{code.id} follows from {name} by its stage"


@pytest.mark.parametrize(
    "chain",
    [
        ("workload.scheduled", "workload.image-pulled", "workload.container-created", "workload.init-completed"),
        ("workload.init-completed", "logs.startup-complete", "workload.running", "workload.ready", "workload.replicas"),
        ("network.policies-allow", "network.dns-answers", "vault.reachable", "vault.unsealed", "vault.agent-logged-in"),
        ("vault.agent-logged-in", "secrets.files-filled", "config.variables-set", "logs.startup-complete"),
        ("network.dns-answers", "database.name-resolves", "database.port-reachable", "database.login-accepted"),
        (
            "temporal.port-reachable",
            "temporal.namespace-exists",
            "temporal.queues-polled",
            "temporal.workflows-progress",
        ),
    ],
    ids=lambda chain: f"{chain[0]} to {chain[-1]}",
)
def test_well_known_chains_follow_from_the_stages(chain: tuple[str, ...]) -> None:
    assert all(CHECKS[cause].stage in CHECKS[effect].stage.earlier for cause, effect in pairwise(chain))


def test_systems_do_not_explain_each_other() -> None:
    systems = ("vault.unsealed", "database.port-reachable", "temporal.port-reachable", "workload.scheduled")
    assert not any(CHECKS[one].stage in CHECKS[other].stage.earlier for one in systems for other in systems)
