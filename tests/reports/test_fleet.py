"""One page for many reports: every member is on it in every format, and no member's words break it."""

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from diagnose.model.fleet import Fleet, Member, MemberState, gather, member_of
from diagnose.model.report import ExitCode, Report, Status
from reports import Options
from reports.fleet import FORMATS
from reports.html.environment import LIMIT
from reports.text.comment_size import COMMENT
from reports.text.members import sentence
from tests.reports.samples import (
    EACH_STATUS,
    HEALTHY,
    HOSTILE,
    NOTHING_YET,
    PART,
    SAMPLES,
    STARTED,
    TARGET,
    TWO_CAUSES,
    UNKNOWN_ONLY,
    saying,
)

EVERY_FORMAT = pytest.mark.parametrize("name", FORMATS)
MESSAGES = {"short", "slack"}
"""The formats that have the worst alone."""
NOW = STARTED + timedelta(minutes=5)
VOID = {"meta", "link", "br", "hr", "img", "input"}


def fleet_of(*reports: Report, expected: tuple[str, ...] = ()) -> Fleet:
    members = [member_of(each, f"{place}.json", NOW, timedelta(days=1)) for place, each in enumerate(reports)]
    return gather([*members, Member(source="bad.json", problem="this is no report")], expected)


def test_a_part_of_the_checks_is_unknown_whatever_it_found_healthy() -> None:
    fleet = gather([member_of(PART, "part.json", NOW, timedelta(days=1))])
    assert (fleet.exit_code, fleet.members[0].state) == (ExitCode.INCOMPLETE, MemberState.UNKNOWN)
    for render in FORMATS.values():
        assert "4 of 106 checks: not a verdict" in render(fleet, Options(verbose=True))


def named(report: Report, namespace: str) -> Report:
    return replace(report, target=replace(report.target, namespace=namespace))


class Shape(HTMLParser):
    """The tags of a page with their attributes; fails where one is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(key.startswith("on") for key, _ in attrs)
        self.addresses += [value or "" for key, value in attrs if key in {"href", "src"}]
        self.ids += [value or "" for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - MESSAGES))
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_member_is_in_every_format_but_messages_with_what_it_says(name: str, ascii_only: bool) -> None:
    fleet = fleet_of(*(named(sample, f"ns-{key}") for key, sample in SAMPLES.items()), expected=("ns-missing",))
    text = FORMATS[name](fleet, Options(verbose=True, ascii=ascii_only))
    assert all(f"ns-{key}" in text for key in SAMPLES)
    assert "ns-missing" in text
    assert "expected, but there is no report" in text
    assert "bad.json" in text
    assert text.endswith("\n")
    assert not ascii_only or text.isascii()


@EVERY_FORMAT
def test_no_control_character_of_a_pod_gets_out(name: str) -> None:
    text = FORMATS[name](fleet_of(HOSTILE), Options(verbose=True))
    assert "\x1b" not in text
    assert name == "json" or not {"\x9b", "\u202e"} & set(text)


@EVERY_FORMAT
def test_a_cause_of_many_is_told_once_with_their_number(name: str) -> None:
    fleet = fleet_of(*(named(EACH_STATUS, f"ns-{number}") for number in range(37)))
    text = FORMATS[name](fleet, Options())
    if name == "json":
        assert len(json.loads(text)["causes"][0]["namespaces"]) == 37
    else:
        assert "in 37 namespaces" in text


def test_on_a_terminal_those_that_are_well_are_only_counted_unless_all_is_wanted() -> None:
    fleet = fleet_of(named(HEALTHY, "fine"), named(UNKNOWN_ONLY, "dark"))
    short, whole = (FORMATS["console"](fleet, Options(verbose=verbose)) for verbose in (False, True))
    assert "fine" not in short
    assert "1 target healthy (-v lists them)" in short
    assert "fine" in whole
    assert "dark" in short


def test_a_large_fleet_fits_a_comment_and_says_what_was_cut() -> None:
    bad = tuple(named(EACH_STATUS, f"bad-{number}") for number in range(200))
    well = tuple(named(HEALTHY, f"well-{number}") for number in range(900))
    text = FORMATS["markdown"](fleet_of(*well, *bad), Options())
    assert len(text) <= COMMENT
    assert all(f"bad-{number}/" in text for number in range(200))
    assert "row of a healthy target" in text


def test_a_terminal_gets_a_bounded_number_of_targets_and_how_many_more_there_are() -> None:
    long = replace(EACH_STATUS.causes[0].finding, summary="word " * 500)
    report = replace(EACH_STATUS, causes=(replace(EACH_STATUS.causes[0], finding=long),))
    text = FORMATS["console"](fleet_of(*(named(report, f"{'n' * 58}{at:05}") for at in range(2_000))), Options())
    assert "and 1,701 more targets (-v lists them)" in text
    assert len(text) < 200_000


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_has_every_frequent_reason_of_what_is_unknown(name: str) -> None:
    text = FORMATS[name](fleet_of(named(HEALTHY, "well"), expected=("gone", "lost", "away")), Options())
    assert "unknown: expected, but there is no report (away, gone and 1 more); this is no report (bad.json)" in text


def test_what_is_unknown_says_why_whatever_warnings_it_has() -> None:
    cut = replace(EACH_STATUS, outcomes=tuple(each for each in EACH_STATUS.outcomes if each.status is not Status.FAIL))
    cut = replace(cut, causes=EACH_STATUS.causes, complete=False)
    assert cut.causes[0].finding.summary not in sentence(member_of(cut, "a.json", NOW, None))


def test_the_links_of_the_page_stay_on_it_and_lead_somewhere() -> None:
    page = Shape(FORMATS["html"](fleet_of(EACH_STATUS, HEALTHY, UNKNOWN_ONLY, NOTHING_YET, HOSTILE), Options()))
    assert page.addresses
    assert {address.removeprefix("#") for address in page.addresses} <= {*page.ids, "data:,"}
    assert not {"img", "iframe"} & set(page.tags)
    assert page.tags.count("script") == 1


def test_the_page_shows_shared_causes_and_folds_the_others() -> None:
    reports = (*(named(EACH_STATUS, f"ns-{at}") for at in range(3)), named(TWO_CAUSES, "other"))
    text = FORMATS["html"](fleet_of(*reports), Options())
    assert text.index("in 4 namespaces") < text.index("1 further cause") < text.index("database.port-silent")


def test_a_page_of_thousands_of_targets_is_bounded() -> None:
    page = FORMATS["html"](fleet_of(*(named(EACH_STATUS, f"ns-{at}") for at in range(3_000))), Options())
    assert len(page.encode()) <= LIMIT
    assert "more targets, which the JSON report has" in page


def test_the_page_has_the_commands_to_paste() -> None:
    page = Shape(FORMATS["html"](fleet_of(EACH_STATUS), Options()))
    for step in EACH_STATUS.causes[0].finding.remediation.steps:
        assert step.command in page.words


@pytest.mark.parametrize(
    "text", ["</td><script>x</script>", '"><img src=x onerror=y>', "{{ 7*7 }}", "{% raw %}", "&lt;b&gt;"]
)
def test_no_text_is_markup_of_the_page(text: str) -> None:
    page = Shape(FORMATS["html"](fleet_of(saying(text)), Options()))
    assert page.tags == Shape(FORMATS["html"](fleet_of(saying("words")), Options())).tags
    assert any(text in words for words in page.words)


@given(text=st.text(min_size=1, max_size=40))
def test_no_text_changes_the_shape_of_any_page(text: str) -> None:
    hostile, tame = fleet_of(saying(f"w{text}")), fleet_of(saying("words"))
    assert Shape(FORMATS["html"](hostile, Options())).tags == Shape(FORMATS["html"](tame, Options())).tags
    assert shape(hostile) == shape(tame)
    FORMATS["json"](hostile, Options()).encode()


def shape(fleet: Fleet) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(FORMATS["markdown"](fleet, Options()))
    return [token.type for token in tokens if token.block]


def test_a_name_that_is_a_pipe_stays_in_its_cell() -> None:
    assert shape(fleet_of(replace(HEALTHY, target=replace(TARGET, namespace="a|b")))) == shape(fleet_of(HEALTHY))


def test_the_json_has_the_state_of_each_report_since_when_and_how_bad() -> None:
    member = json.loads(FORMATS["json"](fleet_of(TWO_CAUSES), Options()))["members"][0]
    assert member["report_state"] == TWO_CAUSES.state
    assert member["since"] == (f"{TWO_CAUSES.since:%Y-%m-%dT%H:%M:%SZ}" if TWO_CAUSES.since else None)
    assert member["impact"]["ready"] == TWO_CAUSES.impact.ready
