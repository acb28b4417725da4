"""The declarations of the checks agree with each other, and those that do not are refused by name."""

from collections.abc import Iterator

import pytest

from diagnose.check.api import Check, Code, Context
from diagnose.check.stages import INDEPENDENT, Stage
from diagnose.cli.catalogue import catalogue
from diagnose.model.report import Finding
from tests.support.declarations import DeclarationError, validate


def nothing(_: Context) -> Iterator[Finding]:
    yield from ()


def check(name: str, *requires: str, explained_by: tuple[str, ...] = ()) -> Check:
    return Check(id=name, title="T", stage=Stage(name, (), requires), run=nothing, explained_by=explained_by)


def test_the_declarations_agree() -> None:
    validate(catalogue().checks)


def test_an_unknown_relation_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"a\.one refers to a\.nowhere"):
        validate([check("a.one", "a.nowhere")])


def test_a_circle_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"a\.one.*a\.two"):
        validate([check("a.one", "a.two"), check("a.two", "a.one")])


def test_a_circle_of_explanations_is_refused() -> None:
    with pytest.raises(DeclarationError, match="explained_by has a cycle"):
        validate([check("a.one", explained_by=("a.two",)), check("a.two", explained_by=("a.one",))])


def test_an_id_stands_once() -> None:
    with pytest.raises(DeclarationError, match="two checks have the id"):
        validate([check("a.one"), check("a.one")])


def test_a_circle_through_codes_is_refused_and_a_line_through_codes_is_not() -> None:
    first = Code(id="a.first", meaning="M.", fix="F.", explained_by=("b.two",))
    second = Code(id="a.second", meaning="M.", fix="F.", explained_by=())
    one = Check(id="a.one", title="T", stage=INDEPENDENT, run=nothing, codes=(first, second))
    validate([one, check("b.two", explained_by=("a.second",))])
    with pytest.raises(DeclarationError, match="explained_by has a cycle"):
        validate([one, check("b.two", explained_by=("a.one",))])
    with pytest.raises(DeclarationError, match="no check or code"):
        validate([one])


def test_a_circle_of_an_exception_and_the_stages_is_refused() -> None:
    early = Stage("early")
    first = Check(id="a.first", title="T", stage=early, run=nothing, explained_by=("b.second",))
    second = Check(id="b.second", title="T", stage=Stage("late", (Stage("between", (early,)),)), run=nothing)
    with pytest.raises(DeclarationError, match=r"explained_by has a cycle: .*b\.second"):
        validate([first, second])


def test_each_contradiction_says_how_it_may_be_otherwise_and_reads_as_a_sentence() -> None:
    pairs = {each.id: each.contradiction for each in catalogue().checks if each.contradiction}
    assert pairs
    for name, pair in pairs.items():
        clauses = (pair.fact, pair.opposed, pair.proves)
        assert all(clause and not clause.endswith(".") for clause in clauses), name
        assert pair.otherwise, name
