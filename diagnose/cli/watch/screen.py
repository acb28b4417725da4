"""The screen of `diagnose watch`: verdict, causes, pods and changes, as many as fit, worst first."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group
from rich.text import Text

from diagnose.cli.watch.loop import WatchLoop
from diagnose.cli.watch.snapshots import PodSnapshot, Snapshot, mark_of
from diagnose.engine.diagnosis import utc_now
from diagnose.text.characters import one_line
from reports import Options
from reports.text.phrases import number, target_name, unknown_checks
from reports.text.terminal import STYLES, Page, joined, spaced
from reports.text.timeline import first_error_text, span_text

LEAST_CHANGES = 3


def screen(loop: WatchLoop, *, width: int, height: int, ascii_only: bool, spinner: str = "") -> Group:
    """Returns the whole screen, never higher than the terminal."""
    page = Page(Options(width=width, ascii=ascii_only))
    lines = list(_lines(loop, page, height, spinner))
    for line in lines:
        line.truncate(width, overflow="ellipsis" if not ascii_only else "crop")
    return Group(*lines[:height])


def _lines(loop: WatchLoop, page: Page, height: int, spinner: str) -> Iterator[Text]:
    last = loop.last
    head = list(_head(loop, page, spinner))
    yield from head
    if last is None:
        return
    available = height - len(head) - 1
    body = list(_causes(last, page))[: max(available - LEAST_CHANGES - 3, 1)]
    available -= len(body)
    changes = list(_changes(loop, page))
    for_changes = min(len(changes), max(LEAST_CHANGES + 1, available // 2)) if changes else 0
    pods = list(_pods(last, page, max(available - for_changes, 0)))
    yield from body
    yield from pods
    available -= len(pods)
    yield from changes[: max(available, 0)]
    yield from [Text()] * max(available - len(changes), 0)
    yield page.styled(f"press q to quit; current exit code: {int(loop.exit_code)}", "dim")


def _head(loop: WatchLoop, page: Page, spinner: str) -> Iterator[Text]:
    last = loop.last
    report = last.report if last else None
    where = target_name(report) if report else loop.request.namespace
    now = f"{utc_now():%H:%M:%S}"
    yield page.styled(" · ".join(part for part in ("diagnose watch", where, now) if part), "strong")
    if last is None:
        yield page.styled(f"{spinner} first run …")
        return
    finished = f"last run {last.at:%H:%M:%S}, {number(loop.runs, 'run')}"
    next_run = "running …" if loop.busy else f"next in {loop.next_in_s:.0f} s"
    yield page.styled(f"{finished} · {next_run}", "dim")
    yield Text()
    style = mark_of(last)
    summary = f"{number(len(report.outcomes), 'check')} in {report.duration_s:.1f} s" if report else ""
    text = one_line(last.error) or summary
    state = Text(page.encoded(f"{page.marks[style]} {last.state}"), STYLES[style])
    yield joined(state, Text("   "), page.styled(text))


def _causes(snapshot: Snapshot, page: Page) -> Iterator[Text]:
    """Yields the causes and unknown checks, one line each, then the first error."""
    for text in snapshot.causes.values():
        yield from page.wrapped(spaced(page.mark("fail"), page.styled(text)), lead="", hang=2)
    if snapshot.report is None:
        return
    for reason, checks in unknown_checks(snapshot.report).items():
        changes = page.styled(f"{number(len(checks), 'check')}: {reason}")
        yield from page.wrapped(spaced(page.mark("unknown"), changes), lead="", hang=2)
    for label, text in first_error_text(snapshot.report):
        yield from page.wrapped(spaced(page.styled(label, "dim"), page.styled(text)), lead="", hang=2)


def _pods(snapshot: Snapshot, page: Page, available: int) -> Iterator[Text]:
    """Yields the pods, unready ones first; those that do not fit are counted."""
    if not snapshot.pods or available < 3:
        return
    yield Text()
    ordered = sorted(snapshot.pods.values(), key=lambda each: (each.ready, -each.restarts, each.name))
    ready = sum(each.ready for each in ordered)
    yield page.styled(f"{number(len(ordered), 'pod')}, {ready} ready", "strong")
    shown = ordered[: available - 2] if len(ordered) <= available - 2 else ordered[: available - 3]
    width = max(len(one_line(each.name)) for each in shown) if shown else 0
    for each in shown:
        yield _pod(each, snapshot.report.started_at if snapshot.report else snapshot.at, width, page)
    if len(shown) < len(ordered):
        yield page.styled(f"  … and {len(ordered) - len(shown):,} more", "dim")


def _pod(pod: PodSnapshot, at: datetime, width: int, page: Page) -> Text:
    age = span_text(int((at - pod.made_at).total_seconds() // 60)) if pod.made_at else "?"
    name = page.encoded(one_line(pod.name)).ljust(width)
    ready = "ready" if pod.ready else "not ready"
    text = page.encoded(f"  {ready:10}{one_line(pod.state):20}{number(pod.restarts, 'restart'):13}{age}")
    return spaced(page.mark("pass" if pod.ready else "fail"), Text(f"{name}{text}"))


def _changes(loop: WatchLoop, page: Page) -> Iterator[Text]:
    """Yields the changes since the first run, the latest first."""
    if not loop.changed or loop.first is None:
        return
    yield Text()
    yield page.styled(f"since {loop.first.at:%H:%M:%S}: {number(loop.changed, 'change')}, latest first", "strong")
    for each in reversed(loop.changes):
        yield spaced(page.styled(f"{each.at:%H:%M:%S}", "dim"), page.mark(each.mark), page.styled(each.text))
