"""The shape of delivered values."""

import pytest

from checks.config.values_delivered import VALUES_DELIVERED, judge
from diagnose.queries.exec_survey.survey import Kind, Shape, Value, ValueFlaw
from tests.support.kit import WORKER, codes, context, survey
from tests.support.objects import pod


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Value("NEXTAUTH_SECRET", Shape.SET), ""),
        (Value("NEXTAUTH_SECRET", Shape.SET, Kind.TEXT, (ValueFlaw.PADDED,)), "wrapped"),
        (Value("NEXTAUTH_SECRET", Shape.SET, Kind.TEXT, (ValueFlaw.TEMPLATE,)), "unrendered"),
        (Value("DB_PORT", Shape.SET, Kind.TEXT), "mistyped"),
        (Value("DB_PORT", Shape.SET, Kind.NUMBER), ""),
        (Value("REDIS_PASSWORD", Shape.EMPTY), "empty"),
        (Value("NEXTAUTH_SECRET", Shape.EMPTY), ""),
        (Value("REDIS_PASSWORD", Shape.ABSENT), ""),
    ],
)
def test_what_is_delivered_is_judged_by_its_shape(value: Value, code: str) -> None:
    judged = judge(context(profile=WORKER, container={"env": []}), value)
    assert (judged[0].id if judged else "") == (f"config.delivered-{code}" if code else "")


@pytest.mark.parametrize(("traps", "expected"), [((ValueFlaw.TEMPLATE,), ["config.delivered-unrendered"]), ((), [])])
def test_what_a_process_has_from_elsewhere_is_judged(traps: tuple[ValueFlaw, ...], expected: list[str]) -> None:
    own = pod(ready=True)
    surveys = [survey(own, values=(Value("NEXTAUTH_SECRET", Shape.SET, Kind.TEXT, traps),))]
    assert codes(VALUES_DELIVERED, context(own, profile=WORKER, surveys=surveys)) == expected
