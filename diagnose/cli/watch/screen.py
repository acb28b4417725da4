"""The screen of `diagnose watch`: verdict, causes, pods, changes; as much of each as there is room for, worst first."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group
from rich.text import Text

from diagnose.cli.watch.loop import Looking
from diagnose.cli.watch.snapshots import PodSnapshot, Snapshot, mark_of
from diagnose.engine.diagnosis import utc_now
from diagnose.model.report import Report
from diagnose.text.characters import one_line
from reports import Options
from reports.text.phrases import number, target_name, unknown_checks
from reports.text.terminal import STYLES, Page, joined
from reports.text.timeline import first_error_text, span_text

LEAST_CHANGES = 3


def screen(looking: Looking, *, width: int, height: int, ascii_only: bool, spinner: str = "") -> Group:
    """All of it, never higher than the terminal."""
    page = Page(Options(width=width, ascii=ascii_only))
    lines = list(_lines(looking, page, height, spinner))
    for line in lines:
        line.truncate(width, overflow="ellipsis" if not ascii_only else "crop")
    return Group(*lines[:height])


def _lines(looking: Looking, page: Page, height: int, spinner: str) -> Iterator[Text]:
    last = looking.last
    head = list(_head(looking, page, spinner))
    yield from head
    if last is None:
        return
    foot = _foot(looking, page)
    room = height - len(head) - 1
    body = list(_causes(last, page))[: max(room - LEAST_CHANGES - 3, 1)]
    room -= len(body)
    told = list(_changes(looking, page))
    for_changes = min(len(told), max(LEAST_CHANGES + 1, room // 2)) if told else 0
    pods = list(_pods(last, page, max(room - for_changes, 0)))
    yield from body
    yield from pods
    room -= len(pods)
    yield from told[: max(room, 0)]
    yield from [Text()] * max(room - len(told), 0)
    yield foot


def _head(looking: Looking, page: Page, spinner: str) -> Iterator[Text]:
    last = looking.last
    report = last.report if last else None
    where = target_name(report) if report else looking.request.namespace
    now = f"{utc_now():%H:%M:%S}"
    yield page.styled(" · ".join(part for part in ("diagnose watch", where, now) if part), "strong")
    if last is None:
        yield page.styled(f"{spinner} looking for the first time …")
        return
    seen = f"looked {last.at:%H:%M:%S}, {number(looking.looks, 'look')}"
    coming = "looking …" if looking.busy else f"next in {looking.next_in_s:.0f} s"
    yield page.styled(f"{seen} · {coming}", "dim")
    yield Text()
    style = mark_of(last)
    words = one_line(last.lost) if last.lost else _summary(report) if report else ""
    state = Text(page.encoded(f"{page.marks[style]} {last.state}"), STYLES[style])
    yield joined(state, Text("   "), page.styled(words))


def _summary(report: Report) -> str:
    return f"{number(len(report.outcomes), 'check')} in {report.duration_s:.1f} s"


def _causes(snapshot: Snapshot, page: Page) -> Iterator[Text]:
    """What is wrong, one line each, then what went wrong first."""
    for words in snapshot.causes.values():
        yield from page.wrapped(joined(page.mark("fail"), Text(" "), page.styled(words)), lead="", hang=2)
    if snapshot.report is None:
        return
    for reason, checks in unknown_checks(snapshot.report).items():
        told = page.styled(f"{number(len(checks), 'check')}: {reason}")
        yield from page.wrapped(joined(page.mark("unknown"), Text(" "), told), lead="", hang=2)
    for label, words in first_error_text(snapshot.report):
        yield from page.wrapped(joined(page.styled(label, "dim"), Text(" "), page.styled(words)), lead="", hang=2)


def _pods(snapshot: Snapshot, page: Page, room: int) -> Iterator[Text]:
    """Pods, those that are not ready first; what has no room is counted."""
    if not snapshot.pods or room < 3:
        return
    yield Text()
    ordered = sorted(snapshot.pods.values(), key=lambda each: (each.ready, -each.restarts, each.name))
    ready = sum(each.ready for each in ordered)
    yield page.styled(f"{number(len(ordered), 'pod')}, {ready} ready", "strong")
    shown = ordered[: room - 2] if len(ordered) <= room - 2 else ordered[: room - 3]
    width = max(len(one_line(each.name)) for each in shown) if shown else 0
    for each in shown:
        yield _pod(each, snapshot.report.started_at if snapshot.report else snapshot.at, width, page)
    if len(shown) < len(ordered):
        yield page.styled(f"  … and {len(ordered) - len(shown):,} more", "dim")


def _pod(pod: PodSnapshot, at: datetime, width: int, page: Page) -> Text:
    age = span_text(int((at - pod.made_at).total_seconds() // 60)) if pod.made_at else "?"
    name = page.encoded(one_line(pod.name)).ljust(width)
    words = (
        f"  {'ready' if pod.ready else 'not ready':10}{one_line(pod.state):20}{number(pod.restarts, 'restart'):13}{age}"
    )
    return joined(page.mark("pass" if pod.ready else "fail"), Text(" "), Text(name), Text(page.encoded(words)))


def _changes(looking: Looking, page: Page) -> Iterator[Text]:
    """What is other since the first look, the latest first."""
    if not looking.changed or looking.first is None:
        return
    yield Text()
    yield page.styled(f"since {looking.first.at:%H:%M:%S}: {number(looking.changed, 'change')}, latest first", "strong")
    for each in reversed(looking.changes):
        yield joined(
            page.styled(f"{each.at:%H:%M:%S}", "dim"),
            Text(" "),
            page.mark(each.mark),
            Text(" "),
            page.styled(each.words),
        )


def _foot(looking: Looking, page: Page) -> Text:
    code = int(looking.exit_code)
    return page.styled(f"q ends it; it would end with {code} now", "dim")
