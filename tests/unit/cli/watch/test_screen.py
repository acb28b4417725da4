"""The screen of a watch and its keys, without a terminal."""

import pytest
from msgspec.structs import replace
from rich.console import Console

from diagnose.cli.settings import Settings
from diagnose.cli.watch import keyboard
from diagnose.cli.watch.loop import WatchLoop
from diagnose.cli.watch.screen import screen
from diagnose.cli.watch.snapshots import Numbers, Snapshot, snapshot_of
from diagnose.cli.watch.view import QUIT, Shown, View
from diagnose.model.report import Report
from diagnose.target.request import Request
from tests.reports.samples import EACH_STATUS, HEALTHY, HOSTILE, STARTED, TWO_CAUSES, UNKNOWN_ONLY, WRITE_ROLE

COPIED: list[str] = []


def copy(text: str) -> str:
    COPIED.append(text)
    return "sent"


def watching(report: Report | None, *trend: Numbers) -> tuple[WatchLoop, View]:
    loop = WatchLoop(Request(namespace="msp"), Settings(), 10.0)
    loop.last = snapshot_of(report, (), STARTED) if report else Snapshot(at=STARTED, error="connection refused")
    loop.trend.extend(trend)
    return loop, View(copy=copy)


def drawn(loop: WatchLoop, view: View, *, width: int = 80, height: int = 30, ascii_only: bool = False) -> list[str]:
    console = Console(width=width, height=height, color_system=None)
    with console.capture() as capture:
        console.print(screen(loop, view, width=width, height=height, ascii_only=ascii_only))
    return capture.get().splitlines()


@pytest.mark.parametrize("report", [None, HEALTHY, EACH_STATUS, TWO_CAUSES, UNKNOWN_ONLY, HOSTILE])
@pytest.mark.parametrize(("width", "height"), [(20, 5), (40, 10), (80, 24), (200, 60)])
@pytest.mark.parametrize("shown", Shown)
def test_it_is_as_high_and_at_most_as_wide_as_the_terminal(
    report: Report | None, width: int, height: int, shown: Shown
) -> None:
    loop, view = watching(report)
    view.shown = shown
    lines = drawn(loop, view, width=width, height=height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width
    assert not any("\x1b" in line for line in lines)


def test_the_head_has_the_interval_and_what_a_run_costs() -> None:
    assert "every 10s, 17 API calls each" in "\n".join(drawn(*watching(HEALTHY), width=120))


@pytest.mark.parametrize(("ascii_only", "course"), [(False, "▁▃▅█ rising"), (True, "(rising, was 2)")])
def test_the_trend_of_pods_and_tasks_is_shown_where_it_changes(ascii_only: bool, course: str) -> None:
    runs = [Numbers(ready=ready, desired=3, waiting=412 - 100 * ready) for ready in range(4)]
    text = "\n".join(drawn(*watching(HEALTHY, *runs), width=120, ascii_only=ascii_only))
    assert f"pods ready 3 of 3 {course}" in text
    assert "tasks waiting 112" in text
    assert "falling" in text
    steady = "\n".join(drawn(*watching(HEALTHY, runs[3], runs[3])))
    assert "rising" not in steady
    assert "falling" not in steady


def test_the_selected_cause_has_its_fix_and_stays_selected_when_others_come_and_go() -> None:
    loop, view = watching(TWO_CAUSES)
    view.press(keyboard.DOWN, loop)
    selected = view.selection(loop.last)
    assert selected
    assert selected[1].finding.code == "database.port-silent"
    loop.last = snapshot_of(replace(TWO_CAUSES, causes=TWO_CAUSES.causes[1:]), (), STARTED)
    assert view.selection(loop.last) == selected
    loop.last = snapshot_of(replace(TWO_CAUSES, causes=TWO_CAUSES.causes[:1]), (), STARTED)
    found = view.selection(loop.last)
    assert found
    assert found[1].finding.code == "vault.role-not-found"


def test_a_key_does_its_part_and_clears_what_the_one_before_said() -> None:
    loop, view = watching(EACH_STATUS)
    COPIED.clear()
    view.press("c", loop)
    assert (COPIED, view.notice) == ([WRITE_ROLE], "sent")
    assert drawn(loop, view)[-1] == "sent"
    view.press("x", loop)
    assert view.notice == ""
    view.press("p", loop)
    assert "paused, p continues" in drawn(loop, view)[1]
    view.press("r", loop)
    assert view.notice == "running now"
    for key in sorted(QUIT):
        loop.stop.clear()
        view.press(key, loop)
        assert loop.stop.is_set()


def test_enter_opens_the_whole_fix_which_can_be_scrolled_to_its_end() -> None:
    loop, view = watching(EACH_STATUS)
    view.press(keyboard.ENTER, loop)
    whole = drawn(loop, view, height=40)
    assert any(line.startswith("fix: ") for line in whole)
    for _ in range(50):
        view.press(keyboard.DOWN, loop)
        drawn(loop, view, height=12)
    last = next(line for line in reversed(whole[:-1]) if line.strip())
    assert drawn(loop, view, height=12)[-2].strip() == last.strip()
    view.press(keyboard.ENTER, loop)
    assert view.shown is Shown.OVERVIEW


def test_without_a_cause_there_is_nothing_to_open_or_to_copy() -> None:
    loop, view = watching(HEALTHY)
    view.press(keyboard.ENTER, loop)
    assert (view.shown, view.notice) == (Shown.OVERVIEW, "there is no cause")
    view.press("c", loop)
    assert view.notice == "there is no command to copy"
    view.press(keyboard.DOWN, loop)
    assert view.selection(loop.last) is None
