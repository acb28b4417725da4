"""What a browser makes of the report's page."""

import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from diagnose.model.report import Report
from reports import Options
from reports.html.page import render
from tests.reports.browser.chromium import Tab
from tests.reports.samples import EACH_STATUS, HEALTHY, ROLE_NOT_FOUND, SAMPLES, TWO_CAUSES, WITH_TIMELINE, WRITE_ROLE
from tests.reports.test_html import ATTACK, WITH_NUMBERS, large, saying

pytestmark = pytest.mark.timeout(300)

PAGES = {
    **SAMPLES,
    "attack": saying(ATTACK),
    "long-word": saying("x" * 3_000),
    "large": large(),
    "numbers": WITH_NUMBERS,
}
EVERY_PAGE = pytest.mark.parametrize("sample", PAGES.values(), ids=PAGES)
FOCUSABLE = "[...document.querySelectorAll('a[href], button, input, summary')].filter((it) => it.checkVisibility())"


@pytest.fixture
def show(tab: Tab, tmp_path: Path) -> Callable[..., Tab]:
    """Opens the page of a report from a file, as a person does who was sent one."""

    def shown(sample: Report, **how: object) -> Tab:
        path = tmp_path / "report.html"
        known = sample if sample.timeline.moments else replace(sample, timeline=WITH_TIMELINE.timeline)
        path.write_text(render(known, Options()), encoding="utf-8")
        tab.open(path, **how)  # type: ignore[arg-type]
        return tab

    return shown


@EVERY_PAGE
def test_a_page_loads_nothing_and_has_no_complaint(sample: Report, show: Callable[..., Tab]) -> None:
    tab = show(sample)
    asked = [each["request"]["url"] for each in tab.named("Network.requestWillBeSent")]
    assert [each for each in asked if not each.startswith("data:")] == [tab.ask("location.href")]
    assert tab.named("Log.entryAdded") == []
    assert tab.named("Runtime.exceptionThrown") == []
    assert tab.named("Runtime.consoleAPICalled") == []


def test_hostile_text_runs_nothing(show: Callable[..., Tab]) -> None:
    tab = show(PAGES["attack"])
    assert tab.named("Page.javascriptDialogOpening") == []
    assert tab.ask("document.images.length") == 0
    assert tab.ask("document.scripts.length") == 1


def test_a_script_that_got_in_would_not_run(show: Callable[..., Tab]) -> None:
    tab = show(HEALTHY)
    tab.ask("document.body.insertAdjacentHTML('beforeend', '<p id=bad onclick=\"window.ran = 1\">bad</p>')")
    tab.ask(
        "(() => { const it = document.createElement('script');"
        " it.text = 'window.ran = 2'; document.body.append(it); })()"
    )
    tab.ask("document.getElementById('bad').click()")
    assert tab.ask("window.ran === undefined")


@EVERY_PAGE
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_page_never_scrolls_sideways(sample: Report, width: int, show: Callable[..., Tab]) -> None:
    tab = show(sample, width=width)
    tab.ask("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.ask("document.documentElement.scrollWidth") <= width
    assert tab.ask("innerWidth") == width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["healthy", "each-status", "two-causes", "muted", "incomplete", "numbers"])
def test_every_text_stands_out_from_what_is_behind_it(
    name: str, width: int, dark: bool, show: Callable[..., Tab]
) -> None:
    tab = show(PAGES[name], width=width, dark=dark)
    assert tab.ask("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    told = tab.ask(Path(__file__).with_name("contrast.js").read_text(encoding="utf-8"))
    assert told["texts"] > 30
    assert told["poor"] == []


def test_the_test_of_contrast_sees_a_poor_one(show: Callable[..., Tab]) -> None:
    tab = show(HEALTHY)
    tab.ask("document.querySelector('h1').style.color = '#999'")
    told = tab.ask(Path(__file__).with_name("contrast.js").read_text(encoding="utf-8"))
    assert told["poor"]


def pasted(tab: Tab) -> str:
    """What a person gets who pastes into a field."""
    tab.ask(
        "(() => { const it = document.createElement('textarea');"
        " it.id = 'paste'; document.body.append(it); it.focus(); })()"
    )
    tab.send("Input.dispatchKeyEvent", type="keyDown", key="v", code="KeyV", modifiers=2, commands=["paste"])
    return str(tab.ask("document.getElementById('paste').value"))


@pytest.mark.parametrize("clipboard", [True, False], ids=["clipboard", "without-clipboard"])
def test_the_button_copies_the_command(clipboard: bool, show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS)
    if not clipboard:
        tab.ask("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    tab.click(".steps .command button")
    assert tab.ask(
        "new Promise((done) => setTimeout(() => done(document.getElementById('notice').textContent), 300))"
    ) == ("The command is copied.")
    assert tab.ask("document.activeElement.textContent") == "Copied"
    assert pasted(tab) == WRITE_ROLE


def test_without_scripts_everything_is_there_but_the_buttons(show: Callable[..., Tab], tab: Tab) -> None:
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(EACH_STATUS)
        assert tab.ask("document.querySelectorAll('button').length") == 0
        assert WRITE_ROLE in tab.ask("document.body.innerText")
        assert tab.ask("getComputedStyle(document.querySelector('.command code')).userSelect") == "auto"
    finally:
        tab.send("Emulation.setScriptExecutionDisabled", value=False)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(show: Callable[..., Tab]) -> None:
    tab = show(TWO_CAUSES)
    wanted = tab.ask(f"{FOCUSABLE}.length")
    assert wanted > 15
    tab.ask("window.visited = new Set()")
    for _ in range(wanted):
        tab.press("Tab", 9)
        outline = tab.ask(
            "visited.add(document.activeElement) && getComputedStyle(document.activeElement).outlineStyle"
        )
        assert outline == "solid", tab.ask("document.activeElement.outerHTML")
    assert tab.ask(f"{FOCUSABLE}.filter((it) => !visited.has(it)).map((it) => it.outerHTML)") == []


def test_the_first_stop_of_the_keyboard_skips_to_the_verdict(show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS)
    tab.press("Tab", 9)
    assert tab.ask("document.activeElement.getBoundingClientRect().left") >= 0
    tab.press("Enter", 13, text="\r")
    assert tab.ask("new Promise((done) => setTimeout(() => done(document.activeElement.id), 200))") == "main"


def test_a_link_into_something_folded_unfolds_it(show: Callable[..., Tab]) -> None:
    tab = show(HEALTHY)
    tab.ask(
        "document.querySelector('svg.wide a')"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))"
    )
    assert tab.ask(
        "new Promise((done) => setTimeout(() => done(document.querySelector(location.hash).checkVisibility()), 300))"
    )


@pytest.mark.parametrize(("width", "sheet"), [(390, "tall"), (1280, "wide")])
def test_the_failing_box_leads_to_its_check_which_is_unfolded(width: int, sheet: str, show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS, width=width)
    tab.click(f"svg.{sheet} a.is-cause")
    shown = tab.ask(
        "new Promise((done) => setTimeout(() => done(document.querySelector(location.hash).innerText), 300))"
    )
    assert "vault.role-bound" in shown
    assert ROLE_NOT_FOUND.summary in shown


@pytest.mark.parametrize(("width", "seen"), [(390, "tall"), (1280, "wide")])
def test_one_of_the_two_drawings_is_shown(width: int, seen: str, show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS, width=width)
    shown = "[...document.querySelectorAll('.picture svg')].filter((it) => it.checkVisibility())"
    assert tab.ask(f"{shown}.map((it) => it.classList[0])") == [seen]


def test_a_screen_reader_is_told_the_state_of_every_part(show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS)
    tab.send("Accessibility.enable")
    tree = tab.send("Accessibility.getFullAXTree")["nodes"]
    told = {
        (each["role"]["value"], each["name"]["value"].strip()) for each in tree if "name" in each and "role" in each
    }
    assert ("link", "Vault: cause, 1 of 1 failed, serviceaccount/temporal-worker") in told
    assert ("heading", "DOWN 22 min") in told
    assert {role for role, _ in told} >= {"banner", "main", "contentinfo", "navigation", "region"}
    spoken = [name for role, name in told if role in {"heading", "link", "DisclosureTriangle"}]
    assert not [name for name in spoken if set(name) & set("▸▾✗✓")]


def test_paper_shows_the_evidence_and_nothing_else_that_is_folded(show: Callable[..., Tab], tab: Tab) -> None:
    visible = ".every((it) => it.checkVisibility() && it.getBoundingClientRect().height > 0)"
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(WITH_TIMELINE, dark=True)
        tab.send("Emulation.setEmulatedMedia", media="print")
        assert tab.ask(f"[...document.querySelectorAll('.evidence > :not(summary)')]{visible}")
        others = "[...document.querySelectorAll('details:not(.evidence)')]"
        assert tab.ask(f"{others}.length") > 4
        assert tab.ask(f"{others}.filter((it) => it.checkVisibility()).length") == 0
        assert tab.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        tab.send("Emulation.setScriptExecutionDisabled", value=False)


def test_a_single_cause_is_printed_on_one_page(show: Callable[..., Tab]) -> None:
    single = replace(WITH_TIMELINE, causes=WITH_TIMELINE.causes[:1])
    tab = show(single)
    printed = b64decode(tab.send("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_the_evidence_folds_again_after_the_page_was_printed(show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS)
    closed = "document.querySelectorAll('details.evidence:not([open])').length"
    before = tab.ask(closed)
    tab.ask("dispatchEvent(new Event('beforeprint'))")
    assert tab.ask(closed) == 0
    tab.ask("dispatchEvent(new Event('afterprint'))")
    assert tab.ask(closed) == before > 0


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
@pytest.mark.parametrize("name", ["each-status", "two-causes", "excused", "numbers"])
def test_state_sentence_fix_and_numbers_are_seen_without_scrolling(
    name: str, width: int, height: int, show: Callable[..., Tab]
) -> None:
    tab = show(PAGES[name], width=width, height=height)
    first = ("h1", "#cause-1 .summary", "#cause-1 .fix .command button", "#cause-1 .facts")
    for selector in first:
        assert tab.ask(f"document.querySelector('{selector}').getBoundingClientRect().bottom") <= height, selector
    assert tab.ask("document.querySelector('button').textContent") == "Copy"
    assert tab.ask("document.querySelector('button').closest('.fix') !== null")


def test_the_whole_report_is_copied_as_markdown(show: Callable[..., Tab]) -> None:
    tab = show(EACH_STATUS)
    tab.click(".share button")
    assert tab.ask(
        "new Promise((done) => setTimeout(() => done(document.getElementById('notice').textContent), 300))"
    ) == ("The report is copied.")
    assert pasted(tab).startswith("## ✗ ")
    assert WRITE_ROLE in pasted(tab)


def test_no_names_on_the_band_are_over_each_other(show: Callable[..., Tab]) -> None:
    for width in (390, 1440):
        tab = show(WITH_TIMELINE, width=width)
        boxes = tab.ask(
            "[...document.querySelectorAll('.band text')].map((it) => it.getBoundingClientRect())"
            ".map((it) => [it.left, it.top, it.right, it.bottom])"
        )
        assert len(boxes) == 8
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] + 2 or other[3] <= one[1] + 2
                assert apart, (width, one, other)
            assert 0 <= one[0] <= one[2] <= width
