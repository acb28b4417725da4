"""A comparison as text: what is new comes first with its fix, in every format, whatever a pod printed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from diagnose.model.comparison import compare
from reports import Options
from reports.diff import as_json, console, markdown
from reports.text.phrases import headline
from tests.reports.samples import (
    EACH_STATUS,
    FORBIDDEN,
    HEALTHY,
    HOSTILE,
    ROLE_NOT_FOUND,
    SAMPLES,
    TARGET,
    TWO_CAUSES,
    UNKNOWN_ONLY,
    saying,
)

FORMATS = {"console": console, "markdown": markdown, "json": as_json}
EVERY_FORMAT = pytest.mark.parametrize("name", FORMATS)


@EVERY_FORMAT
@pytest.mark.parametrize("after", SAMPLES.values(), ids=SAMPLES)
def test_every_pair_can_be_shown(after: object, name: str) -> None:
    for before in (HEALTHY, EACH_STATUS, after):
        comparison = compare(before, after)  # type: ignore[arg-type]
        text = FORMATS[name](comparison, Options())
        assert text.endswith("\n")
        words = comparison.after.verdict.value if name == "json" else headline(comparison.after)[1]
        assert words.lower() in text.lower()
        assert FORMATS[name](comparison, Options(ascii=True, width=40)).isascii()


@EVERY_FORMAT
def test_what_is_new_has_its_sentence_and_its_commands(name: str) -> None:
    text = FORMATS[name](compare(HEALTHY, TWO_CAUSES), Options())
    assert ROLE_NOT_FOUND.remediation.steps[0].command in text
    assert "vault.role-not-found" in text
    assert "database.port-silent" in text


@EVERY_FORMAT
def test_what_is_fixed_and_what_is_unknown_now_is_told(name: str) -> None:
    fixed = replace(HEALTHY, outcomes=(*HEALTHY.outcomes, replace(HEALTHY.outcomes[0], check="database.port")))
    assert "database.port-silent" in FORMATS[name](compare(TWO_CAUSES, fixed), Options())
    text = FORMATS[name](compare(HEALTHY, UNKNOWN_ONLY), Options(width=200))
    assert FORBIDDEN in (text.replace("`", "") if name == "markdown" else text)


def test_the_groups_of_the_json_are_those_of_the_comparison() -> None:
    comparison = compare(EACH_STATUS, TWO_CAUSES)
    plain = json.loads(as_json(comparison, Options()))
    for group, field in (("new", "new"), ("fixed", "fixed"), ("unchanged", "unchanged"), ("untold", "not_checked")):
        assert [each["code"] for each in plain[group]] == [each.finding.code for each in getattr(comparison, field)]
    assert plain["exit_code"] == comparison.exit_code
    assert plain["same_target"] is True
    sides = ((plain["before"], EACH_STATUS), (plain["after"], TWO_CAUSES))
    assert [side["state"] for side, _ in sides] == [report.state.value for _, report in sides]


@pytest.mark.parametrize("name", ["console", "markdown"])
def test_two_different_targets_are_called_so(name: str) -> None:
    other = replace(HEALTHY, target=replace(TARGET, namespace="other"))
    assert "two different targets" in FORMATS[name](compare(other, HEALTHY), Options())
    assert "two different targets" not in FORMATS[name](compare(HEALTHY, HEALTHY), Options())


@EVERY_FORMAT
def test_no_control_character_of_a_pod_gets_out(name: str) -> None:
    text = FORMATS[name](compare(HEALTHY, HOSTILE), Options())
    assert "\x1b" not in text
    assert name == "json" or not {"\x9b", "\u202e"} & set(text)


@given(text=st.text(min_size=1, max_size=40))
def test_no_text_changes_the_shape_of_the_page(text: str) -> None:
    def shape(words: str) -> list[str]:
        page = markdown(compare(HEALTHY, saying(words)), Options())
        return [token.type for token in MarkdownIt("commonmark").parse(page) if token.block]

    assert shape(f"w{text}") == shape("words")
