"""What a browser makes of a fleet's page: it is filtered and sorted, and nothing of it is lost without scripts."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from diagnose.model.fleet import Member, gather, member_of
from reports import Options
from reports.fleet import FORMATS
from tests.reports.browser.chromium import Tab
from tests.reports.samples import EACH_STATUS, HEALTHY, SAMPLES, STARTED, TWO_CAUSES, UNKNOWN_ONLY, saying
from tests.reports.test_html import ATTACK

PAIR = (TWO_CAUSES, HEALTHY)
pytestmark = pytest.mark.timeout(300)
SHOWN = "[...document.querySelectorAll('.members tbody tr')].filter((it) => it.checkVisibility())"
NAMES = f"{SHOWN}.map((it) => it.cells[0].textContent.split('/')[0])"


@pytest.fixture
def fleet(tab: Tab, tmp_path: Path) -> Callable[..., Tab]:
    """Opens the page of a fleet with targets of all states."""

    def shown(**how: object) -> Tab:
        samples = {"b": EACH_STATUS, "d": TWO_CAUSES, "a": HEALTHY, "c": UNKNOWN_ONLY, "e": saying(ATTACK), **SAMPLES}
        members = (
            member_of(
                replace(each, target=replace(each.target, namespace=name)),
                f"{name}.json",
                STARTED + timedelta(minutes=1),
                None,
            )
            for name, each in samples.items()
        )
        path = tmp_path / "fleet.html"
        page = FORMATS["html"](gather([*members, Member(source="bad.json", problem="no report")]), Options())
        path.write_text(page, encoding="utf-8")
        tab.open(path, **how)  # type: ignore[arg-type]
        return tab

    return shown


def test_a_fleets_page_loads_nothing_and_has_no_complaint(fleet: Callable[..., Tab]) -> None:
    tab = fleet()
    asked = [each["request"]["url"] for each in tab.named("Network.requestWillBeSent")]
    assert [each for each in asked if not each.startswith("data:")] == [tab.ask("location.href")]
    assert tab.named("Log.entryAdded") == tab.named("Runtime.exceptionThrown") == []


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_a_fleets_page_never_scrolls_sideways(width: int, fleet: Callable[..., Tab]) -> None:
    tab = fleet(width=width)
    tab.ask("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert tab.ask("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_of_a_fleet_stands_out(dark: bool, fleet: Callable[..., Tab]) -> None:
    told = fleet(dark=dark).ask(Path(__file__).with_name("contrast.js").read_text(encoding="utf-8"))
    assert told["poor"] == []


def test_words_filter_the_targets(fleet: Callable[..., Tab]) -> None:
    tab = fleet()
    every = tab.ask(f"{SHOWN}.length")
    tab.ask("document.querySelector('.tools input').focus()")
    tab.send("Input.insertText", text="Role-Not b/")
    assert tab.ask(NAMES) == ["b"]
    assert tab.ask("document.getElementById('notice').textContent") == f"1 of {every} targets are shown."


def test_a_state_is_left_out_and_comes_back(fleet: Callable[..., Tab]) -> None:
    tab = fleet()
    every = tab.ask(f"{SHOWN}.length")
    healthy = ".tools button[data-state=healthy]"
    tab.click(healthy)
    assert "a" not in tab.ask(NAMES)
    assert tab.ask(f"document.querySelector('{healthy}').getAttribute('aria-pressed')") == "false"
    tab.click(healthy)
    assert tab.ask(f"{SHOWN}.length") == every


def test_a_column_sorts_the_targets_both_ways(fleet: Callable[..., Tab]) -> None:
    tab = fleet()
    tab.click(".members thead th button")
    names = tab.ask(NAMES)
    assert names == sorted(names, key=str.lower)
    assert names[:2] == ["a", "audit"]
    tab.click(".members thead th button")
    assert tab.ask(NAMES) == names[::-1]
    assert tab.ask("document.querySelector('.members thead th').ariaSort") == "descending"
    tab.click(".members thead th:nth-child(2) button")
    states = tab.ask(f"{SHOWN}.map((it) => Number(it.cells[1].dataset.order))")
    assert states == sorted(states)


def test_the_page_of_200_targets_answers_in_one_step(tab: Tab, tmp_path: Path) -> None:
    """Filter and order are done within the event, so that nothing of 200 rows is shown later."""
    reports = [replace(each, target=replace(each.target, namespace=f"n{at:03}")) for at in range(100) for each in PAIR]
    members = [member_of(each, "", STARTED, None) for each in reports]
    path = tmp_path / "fleet.html"
    path.write_text(FORMATS["html"](gather(members), Options()), encoding="utf-8")
    tab.open(path)
    assert tab.ask(f"{SHOWN}.length") == 200
    words = "(() => { const it = document.querySelector('.tools input'); it.value = 'n07';"
    assert tab.ask(f"{words} it.dispatchEvent(new Event('input')); return {SHOWN}.length; }})()") == 20
    first = "document.querySelector('.members thead button').click()"
    assert tab.ask(f"(() => {{ {first}; {first}; return {NAMES}[0]; }})()") == "n079"


def test_without_scripts_every_target_and_command_is_there(fleet: Callable[..., Tab], tab: Tab) -> None:
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        fleet()
        assert tab.ask("document.querySelectorAll('button, input').length") == 0
        assert tab.ask(f"{SHOWN}.length") == len(SAMPLES) + 6
        assert tab.ask("document.querySelectorAll('.members .command').length") > 3
    finally:
        tab.send("Emulation.setScriptExecutionDisabled", value=False)


def test_a_command_of_a_target_is_copied(fleet: Callable[..., Tab]) -> None:
    tab = fleet()
    tab.ask("document.querySelectorAll('.members details').forEach((each) => { each.open = true; })")
    tab.click(".members .command button")
    assert tab.ask(
        "new Promise((done) => setTimeout(() => done(document.getElementById('notice').textContent), 300))"
    ) == ("The command is copied.")


def test_paper_has_every_target_with_its_sentence_and_no_controls(fleet: Callable[..., Tab]) -> None:
    tab = fleet()
    tab.send("Emulation.setEmulatedMedia", media="print")
    assert tab.ask(f"{SHOWN}.length") == len(SAMPLES) + 6
    assert tab.ask("[...document.querySelectorAll('td > details > summary')].every((it) => it.checkVisibility())")
    assert tab.ask("[...document.querySelectorAll('.tools *')].some((it) => it.checkVisibility())") is False
