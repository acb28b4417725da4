"""Selections that make no plan are refused by name."""

from collections.abc import Iterator

import pytest

from diagnose.check.api import Check, Context
from diagnose.check.stages import Stage
from diagnose.engine.plan import PlanError, select
from diagnose.model.report import Finding


def nothing(_: Context) -> Iterator[Finding]:
    yield from ()


def check(name: str, *requires: str) -> Check:
    return Check(id=name, title="T", stage=Stage(name, (), requires), run=nothing)


def test_what_a_selected_check_requires_comes_along() -> None:
    checks = (check("a.one"), check("b.two", "a.one"), check("c.three"))
    assert [each.id for each in select(checks, ("b",), ())] == ["a.one", "b.two"]


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(PlanError, match=r"did you mean a\.one"):
        select((check("a.one"),), ("a.ome",), ())


def test_an_empty_selection_is_refused() -> None:
    with pytest.raises(PlanError, match="no check is left"):
        select((check("a.one"),), (), ("a",))
