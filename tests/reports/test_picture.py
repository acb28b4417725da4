"""The picture: every check is about some part, and a part is healthy only where that was seen."""

import pytest
from msgspec.structs import replace

from diagnose.model.report import Cause, Outcome, Report, Status
from reports.html.contents import TOPICS
from reports.html.diagram import OTHER, PARTS, DiagramNode, PartState, connections, nodes, part_of
from reports.html.diagram_svg import TALL, WIDE, Sheet, layout
from tests.reports.samples import (
    EACH_STATUS,
    FEW_REPLICAS,
    NOT_READY,
    NOTHING_YET,
    ROLE_NOT_FOUND,
    TARGET,
    outcome,
    report,
)

WHOLE = report(*(outcome(part.checks[0] if "." in part.checks[0] else f"{part.checks[0]}.any") for part in PARTS[:-1]))


def states(sample: Report) -> dict[str, str]:
    return {node.part.name: node.state.value for node in nodes(sample)}


def of(*outcomes: Outcome, works: bool | None = None) -> dict[str, str]:
    return states(report(*outcomes, works=works))


def test_every_topic_has_a_part_and_one_of_a_plug_in_is_other() -> None:
    assert not [topic for topic in TOPICS if part_of(f"{topic}.any") is OTHER]
    assert part_of("kafka.reachable") is OTHER
    assert part_of("vaulting.any") is OTHER


def test_the_longest_match_says_what_a_check_is_about() -> None:
    assert part_of("workload.running").name == "Process"
    assert part_of("workload.replicas").name == "Rollout"
    assert part_of("workload.scheduled").name == "Pods"


def test_a_picture_tells_cause_consequence_warning_unknown_and_not_asked() -> None:
    assert states(EACH_STATUS) == {
        "Vault": "cause",
        "Pods": "consequence",
        "Health": "skipped",
        "Scaling": "warning",
        "Database": "unknown",
        "Temporal": "healthy",
    }


def test_a_failure_that_no_cause_speaks_of_is_never_less_than_a_cause() -> None:
    assert of(outcome("vault.any", Status.FAIL, findings=(ROLE_NOT_FOUND,))) == {"Vault": "cause"}


def test_a_cause_that_something_else_explains_in_part_stays_a_cause() -> None:
    both = outcome("vault.any", Status.FAIL, findings=(ROLE_NOT_FOUND, NOT_READY), explained_by=("network.x",))
    assert states(report(both, causes=(Cause(check="vault.any", finding=ROLE_NOT_FOUND),))) == {"Vault": "cause"}
    assert states(report(both)) == {"Vault": "consequence"}


def test_a_warning_is_no_cause() -> None:
    warned = outcome("scaling.any", Status.WARN, findings=(FEW_REPLICAS,))
    assert states(report(warned, causes=(Cause(check="scaling.any", finding=FEW_REPLICAS),))) == {"Scaling": "warning"}


@pytest.mark.parametrize(
    ("passed", "skipped", "blocked", "state"),
    [(3, 0, (), "healthy"), (3, 2, (), "healthy"), (2, 2, (), "skipped"), (3, 1, ("vault.x",), "skipped")],
)
def test_a_part_is_healthy_only_where_most_of_it_was_asked(
    passed: int, skipped: int, blocked: tuple[str, ...], state: str
) -> None:
    fine = [outcome(f"temporal.fine-{at}") for at in range(passed)]
    asked = [
        outcome(f"temporal.not-{at}", Status.SKIP, reason="why", blocked_by=blocked if at == 0 else ())
        for at in range(skipped)
    ]
    assert of(*fine, *asked) == {"Temporal": state}


def test_without_a_process_that_ran_neither_health_nor_rollout_is_healthy() -> None:
    outcomes = (
        outcome("logs.startup-complete", Status.SKIP, reason="no worker has run so far"),
        outcome("health.port-agrees"),
        outcome("release.one-build"),
    )
    assert of(*outcomes, works=False) == {"Process": "skipped", "Health": "skipped", "Rollout": "skipped"}
    assert of(*outcomes[1:], works=False) == {"Health": "healthy", "Rollout": "healthy"}


def test_parts_without_a_check_are_left_out() -> None:
    assert nodes(NOTHING_YET) == ()
    assert layout((), WIDE).boxes == ()
    assert of(outcome("vault.any"), outcome("release.any")) == {"Vault": "healthy", "Rollout": "healthy"}


def test_a_way_through_a_part_that_is_left_out_leads_on() -> None:
    some = nodes(report(outcome("vault.any"), outcome("logs.any"), outcome("release.any")))
    assert [(a.part.name, b.part.name) for a, b in connections(some)] == [("Vault", "Process"), ("Process", "Rollout")]


def _without(parts: set[str]) -> tuple[DiagramNode, ...]:
    return tuple(node for node in nodes(WHOLE) if node.part.name not in parts)


@pytest.mark.parametrize("sheet", [WIDE, TALL], ids=["wide", "tall"])
@pytest.mark.parametrize("left_out", [set(), {"Database"}, {"Database", "Temporal"}, {"Health"}, {"Vault", "Files"}])
def test_no_box_is_over_another_and_all_are_on_the_sheet(sheet: Sheet, left_out: set[str]) -> None:
    drawing = layout(_without(left_out), sheet)
    boxes = drawing.boxes
    for box in boxes:
        assert 0 <= box.x <= drawing.width - drawing.box_width
        assert 0 <= box.y <= drawing.height - drawing.box_height
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = abs(one.x - other.x) >= drawing.box_width or abs(one.y - other.y) >= drawing.box_height
            assert apart, (one.node.part.name, other.node.part.name)


def test_a_tall_sheet_fits_a_phone() -> None:
    assert layout(nodes(WHOLE), TALL).width <= 358
    assert layout(nodes(WHOLE), WIDE).width <= 1280


def test_a_way_is_drawn_broken_where_trouble_goes_on_along_it() -> None:
    vault, files, *others = nodes(WHOLE)
    failed = (replace(vault, state=PartState.CAUSE), replace(files, state=PartState.CONSEQUENCE), *others)
    assert [arrow.broken for arrow in layout(failed, WIDE).arrows] == [True, *[False] * 6]


def drawn(at_fault: str, check: str = "database.port") -> str:
    finding = replace(ROLE_NOT_FOUND, subjects=(at_fault,) if at_fault else ())
    sample = report(
        outcome(check, Status.FAIL, findings=(finding,)),
        causes=(Cause(check=check, finding=finding),),
        target=replace(TARGET, facts=FACTS),
    )
    return layout(nodes(sample), WIDE).boxes[0].object


FACTS = {
    "database.host": {"state": "value", "value": "db.msp.svc.cluster.local"},
    "database.port": {"state": "value", "value": "5432"},
}


@pytest.mark.parametrize(
    ("at_fault", "shown"),
    [
        ("service/msp/pgbouncer", "service/pgbouncer"),
        ("service/temporal/frontend", "frontend"),
        ("networkpolicy/msp/default-deny-egress", "default-deny-egress"),
        ("host/pgbouncer.msp.svc.cluster.local", "pgbouncer"),
        ("secret/a-very-long-name-of-a-secret", "a-very-long-name-o…"),
        ("", "db"),
    ],
)
def test_the_box_names_the_object_at_fault_as_far_as_there_is_room(at_fault: str, shown: str) -> None:
    assert drawn(at_fault) == shown


def test_a_box_without_a_cause_names_the_address_that_it_stands_for() -> None:
    (node,) = nodes(report(outcome("database.port"), target=replace(TARGET, facts=FACTS)))
    assert node.object == "db.msp.svc.cluster.local:5432"
    (none,) = nodes(report(outcome("database.port")))
    assert none.object == ""
