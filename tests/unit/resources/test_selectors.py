"""Label selectors: which labels they select, an empty one and none, and their text for `kubectl -l`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.resources.selectors import Selector, SelectorError, SelectorRule, parse, selects, to_text

keys = st.sampled_from(["app", "tier", "example.com/zone"])
labels = st.dictionaries(keys, st.sampled_from(["", "a", "b"]))


def rule(operator: str, *values: str, key: str = "k") -> Selector:
    return Selector(match_expressions=(SelectorRule(key=key, operator=operator, values=values),))


@pytest.mark.parametrize(
    ("selector", "with_a", "without"),
    [
        (rule("In", "a"), True, False),
        (rule("In", "b", "c"), False, False),
        (rule("NotIn", "a"), False, True),
        (rule("NotIn", "b"), True, True),
        (rule("Exists"), True, False),
        (rule("DoesNotExist"), False, True),
        (rule("Else", "a"), False, False),
        (Selector(match_labels={"k": "a"}), True, False),
        (Selector(match_labels={"k": "b"}), False, False),
        (Selector(), True, True),
        (None, False, False),
        ({}, False, False),
        ({"k": "a"}, True, False),
    ],
)
def test_which_labels_are_selected(selector: Selector | dict[str, str] | None, with_a: bool, without: bool) -> None:
    assert selects(selector, {"k": "a", "other": "x"}) is with_a
    assert selects(selector, {"other": "x"}) is without


def test_all_of_a_selector_must_hold() -> None:
    both = Selector(match_labels={"app": "w"}, match_expressions=rule("Exists").match_expressions)
    assert selects(both, {"app": "w", "k": ""})
    assert not selects(both, {"app": "w"})
    assert not selects(both, {"k": ""})


@given(labels, labels)
def test_a_map_selects_what_has_all_of_it(selector: dict[str, str], given_labels: dict[str, str]) -> None:
    expected = bool(selector) and all(given_labels.get(key) == value for key, value in selector.items())
    assert selects(selector, given_labels) is expected
    assert selects(Selector(match_labels=selector), given_labels) is (expected or not selector)


@given(labels)
def test_a_text_of_equalities_is_read_as_it_is_written(selector: dict[str, str]) -> None:
    assert parse(to_text(selector)) == Selector(match_labels=selector)


def test_the_text_that_kubectl_takes() -> None:
    rules = (rule("In", "a", "b"), rule("NotIn", "c"), rule("Exists"), rule("DoesNotExist", key="example.com/x"))
    expressions = tuple(each for one in rules for each in one.match_expressions)
    whole = Selector(match_labels={"app": "w"}, match_expressions=expressions)
    assert to_text(whole) == "app=w,k in (a,b),k notin (c),k,!example.com/x"
    assert to_text({"app": "w", "tier": ""}) == "app=w,tier="
    assert to_text(None) == to_text({}) == to_text(Selector()) == ""


def test_what_a_user_may_write() -> None:
    assert parse(" app = worker , tier==back ") == Selector(match_labels={"app": "worker", "tier": "back"})
    assert parse("") == Selector()
    written = "app=w,tier in (a, b),zone notin (c),!canary,ready,env!=prod,cpu>3"
    assert to_text(parse(written)) == "app=w,tier in (a,b),zone notin (c),!canary,ready,env notin (prod),cpu>3"


def test_two_values_of_one_key_select_nothing() -> None:
    assert not selects(parse("app=a,app=b"), {"app": "a"})


@pytest.mark.parametrize("text", ["a b", "!a=b", "k in (a", "k=v w", "appin (a)", "k in a", "=v", "a,(b)"])
def test_what_is_no_selector_is_refused_with_its_part(text: str) -> None:
    with pytest.raises(SelectorError, match="is no part of a label selector; parts are KEY=VALUE, "):
        parse(text)
