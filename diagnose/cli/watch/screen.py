"""The screen of `diagnose watch`: state, trend, causes with the fix, pods and changes, as many as fit."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group
from rich.text import Text

from diagnose.cli.watch.loop import WatchLoop
from diagnose.cli.watch.snapshots import PodSnapshot, Snapshot, cause_text, mark_of
from diagnose.cli.watch.view import HELP, Shown, View
from diagnose.model.report import Cause
from diagnose.text.characters import one_line
from diagnose.text.durations import to_text
from diagnose.text.times import utc_now
from reports import Options
from reports.text.fix import first_step
from reports.text.phrases import effect, number, plain, since_text, span_text, target_name, unknown_checks
from reports.text.terminal import STYLES, Page, spaced
from reports.text.timeline import first_error_text

LEAST_CHANGES = 3
MAX_COLUMNS_OF_TREND = 20
BARS = "▁▂▃▄▅▆▇█"
KEYS = "q quit · ? help · Enter fix · c copy · r run now · p pause · up/down select"


def screen(loop: WatchLoop, view: View, *, width: int, height: int, ascii_only: bool, spinner: str = "") -> Group:
    """Returns the whole screen, never higher than the terminal."""
    page = Page(Options(width=width, ascii=ascii_only))
    head = list(_head(loop, page, spinner))
    available = max(height - len(head) - 1, 0)
    body = [*head, *_body(loop, view, page, available)][: height - 1]
    lines = [*body, *[Text()] * (height - 1 - len(body)), _foot(view, page)]
    for line in lines:
        line.truncate(width, overflow="ellipsis" if not ascii_only else "crop")
    return Group(*lines[:height])


def _body(loop: WatchLoop, view: View, page: Page, available: int) -> Sequence[Text]:
    selection = view.selection(loop.last)
    if view.shown is Shown.HELP:
        return list(_help(loop, page))
    if loop.last is None:
        return ()
    if view.shown is Shown.FIX and selection:
        lines = list(_whole_fix(selection[1], page))
        # After the last line there is nothing to scroll to.
        view.scrolled = min(view.scrolled, max(len(lines) - available, 0))
        return lines[view.scrolled : view.scrolled + available]
    return list(_overview(loop, view, page, available))


def _overview(loop: WatchLoop, view: View, page: Page, available: int) -> Iterator[Text]:
    assert loop.last
    causes = list(_causes(loop.last, view, page))[: max(available - LEAST_CHANGES - 2, 1)]
    available -= len(causes)
    changes = list(_changes(loop, page))
    for_changes = min(len(changes), max(LEAST_CHANGES + 1, available // 2)) if changes else 0
    pods = list(_pods(loop.last, page, max(available - for_changes, 0)))
    yield from causes
    yield from pods
    yield from changes[: max(available - len(pods), 0)]


def _foot(view: View, page: Page) -> Text:
    if view.notice:
        return page.styled(view.notice, "strong")
    keys = "up/down scroll · Enter back · c copy · q quit" if view.shown is Shown.FIX else KEYS
    return page.styled(keys, "dim")


def _help(loop: WatchLoop, page: Page) -> Iterator[Text]:
    yield Text()
    for keys, what in HELP:
        yield from page.wrapped(page.styled(what), lead=f"  {keys:17}", hang=19)
    yield Text()
    yield from page.wrapped(page.styled(f"A run starts every {to_text(loop.interval_s)} (--interval)."), lead="  ")


def _head(loop: WatchLoop, page: Page, spinner: str) -> Iterator[Text]:
    last = loop.last
    report = last.report if last else None
    where = target_name(report) if report else loop.request.namespace
    now = f"{utc_now():%H:%M:%S}"
    yield page.styled(" · ".join(part for part in ("diagnose watch", where, now) if part), "strong")
    if last is None:
        yield page.styled(f"{spinner} first run …")
        return
    next_run = "running …" if loop.busy else "paused, p continues" if loop.paused else f"next in {loop.next_in_s:.0f} s"
    calls = f", {number(report.usage.api_calls, 'API call')} each" if report else ""
    yield page.styled(
        f"{next_run} · last {last.at:%H:%M:%S}, {number(loop.runs, 'run')} · every {to_text(loop.interval_s)}{calls}",
        "dim",
    )
    yield Text()
    style = mark_of(last)
    state = Text(page.encoded(f"{page.marks[style]} {last.state}"), STYLES[style])
    yield spaced(state, page.styled(f"{_remark(last)} · exit code {int(loop.exit_code)}"))
    yield from _trend(loop, page)


def _remark(snapshot: Snapshot) -> str:
    if snapshot.report is None:
        return one_line(snapshot.error)
    if since := snapshot.recovering_since:
        left = len(snapshot.causes)
        return f"since {since:%H:%M:%S}, {number(left, 'consequence')} left" if left else f"since {since:%H:%M:%S}"
    checks = f"{number(len(snapshot.report.outcomes), 'check')} in {snapshot.report.duration_s:.1f} s"
    return since_text(snapshot.report) or checks


def _trend(loop: WatchLoop, page: Page) -> Iterator[Text]:
    """Yields the numbers of pods and tasks with their course over the runs."""
    if not loop.trend or not any(each.ready or each.desired for each in loop.trend):
        return
    now = loop.trend[-1]
    of_desired = f" of {now.desired}" if now.ready <= now.desired else ""
    ready = [each.ready for each in loop.trend]
    waiting = [each.waiting for each in loop.trend if each.waiting is not None]
    parts = [f"pods ready {now.ready}{of_desired}{_course(ready, max(now.desired, *ready), page)}"]
    if now.waiting is not None:
        oldest = f", oldest {span_text(now.oldest_s)}" if now.oldest_s else ""
        parts.append(f"tasks waiting {now.waiting:,}{oldest}{_course(waiting, max(waiting), page)}")
    yield page.styled(" · ".join(parts))


def _course(values: Sequence[int], most: int, page: Page) -> str:
    """Returns the course of a number, "" where it did not change: bars, in ASCII the word."""
    shown = values[-min(MAX_COLUMNS_OF_TREND, max(page.options.width // 6, 4)) :]
    if len(set(shown)) < 2:
        return ""
    before = next(each for each in reversed(shown) if each != shown[-1])
    word = "rising" if shown[-1] > before else "falling"
    if page.options.ascii:
        return f" ({word}, was {before:,})"
    bars = "".join(BARS[min(each * (len(BARS) - 1) // max(most, 1), len(BARS) - 1)] for each in shown)
    return f" {bars} {word}"


def _causes(snapshot: Snapshot, view: View, page: Page) -> Iterator[Text]:
    """Yields the causes with the fix of the selected one, the unknown checks, then the first error."""
    report = snapshot.report
    if report is None:
        return
    selection = view.selection(snapshot)
    for key, cause in snapshot.known.items():
        is_selected = selection is not None and key == selection[0]
        mark, note = _standing(key, snapshot)
        lead = f"{'>' if is_selected and len(snapshot.known) > 1 else ' '} "
        body = page.styled(f"{note}{cause_text(cause, report)}", "dim" if note else "")
        yield from page.wrapped(spaced(page.mark(mark), body), lead=lead, hang=4)
        if is_selected and key not in snapshot.left_over:
            yield from _short_fix(cause, page)
    for reason, checks in unknown_checks(report).items():
        changes = page.styled(f"{number(len(checks), 'check')}: {reason}")
        yield from page.wrapped(spaced(page.mark("unknown"), changes), lead="  ", hang=4)
    if snapshot.recovering_since is None:
        for label, text in first_error_text(report):
            yield from page.wrapped(spaced(page.styled(label, "dim"), page.styled(text)), lead="  ", hang=4)


def _standing(key: str, snapshot: Snapshot) -> tuple[str, str]:
    """Returns the mark of a cause, and what it is where it is none of this run."""
    if key in snapshot.pending:
        return "unknown", "not checked now: "
    return ("skip", "left over: ") if key in snapshot.left_over else ("fail", "")


def _short_fix(cause: Cause, page: Page) -> Iterator[Text]:
    fix = spaced(page.styled("fix", "dim"), page.styled(cause.finding.remediation.summary))
    yield from page.wrapped(fix, lead="    ", hang=8)
    if step := first_step(cause):
        yield from _command(step.command, page)


def _whole_fix(cause: Cause, page: Page) -> Iterator[Text]:
    """Yields sentence and fix of a cause, with each step."""
    finding = cause.finding
    yield Text()
    yield from page.wrapped(page.styled(finding.code, "strong"), lead="", hang=0)
    yield from page.wrapped(page.styled(finding.summary), lead="", hang=0)
    yield Text()
    yield from page.wrapped(page.styled(f"fix: {finding.remediation.summary}"), lead="", hang=0)
    for count, step in enumerate(finding.remediation.steps, 1):
        does = page.styled(f"{effect(step)}:", "warn" if step.changes else "dim")
        body = spaced(does, page.styled(step.text)) if effect(step) else page.styled(step.text)
        yield from page.wrapped(body, lead=f"{count}. ", hang=3)
        yield from _command(step.command, page)
    for alternative in finding.alternatives:
        yield from page.wrapped(page.styled(f"or: {alternative}"), lead="", hang=4)


def _command(command: str, page: Page) -> Iterator[Text]:
    """Yields a command, which is copied by a key, so that its line may be broken."""
    for line in plain(command).splitlines():
        yield from page.wrapped(Text(page.encoded(line), STYLES["command"]), lead="        ", hang=8, fold=True)


def _pods(snapshot: Snapshot, page: Page, available: int) -> Iterator[Text]:
    """Yields the pods, unready ones first; those that do not fit are counted."""
    if not snapshot.pods or available < 3:
        return
    yield Text()
    ordered = sorted(snapshot.pods.values(), key=lambda each: (each.ready, -each.restarts, each.name))
    yield page.styled(number(len(ordered), "pod"), "strong")
    shown = ordered[: available - 2] if len(ordered) <= available - 2 else ordered[: available - 3]
    at = snapshot.report.started_at if snapshot.report else snapshot.at
    rows = [_columns(each, at) for each in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for pod, row in zip(shown, rows, strict=True):
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        # On a narrow terminal the end of the name is cut, not the state.
        cells = [row[2], row[0]] if page.narrow else padded
        yield spaced(page.mark("pass" if pod.ready else "fail"), Text(page.encoded("  ".join(cells).rstrip())))
    if len(shown) < len(ordered):
        yield page.styled(f"… and {len(ordered) - len(shown):,} more", "dim")


def _columns(pod: PodSnapshot, at: datetime) -> tuple[str, ...]:
    """Returns what is shown of a pod: name, readiness, state, restarts, age."""
    age = span_text((at - pod.made_at).total_seconds()) if pod.made_at else "?"
    ready = "ready" if pod.ready else "not ready"
    return one_line(pod.name), ready, one_line(pod.state), number(pod.restarts, "restart"), age


def _changes(loop: WatchLoop, page: Page) -> Iterator[Text]:
    """Yields the changes since the first run, the latest first."""
    if not loop.changed or loop.first is None:
        return
    yield Text()
    yield page.styled(f"since {loop.first.at:%H:%M:%S}: {number(loop.changed, 'change')}, latest first", "strong")
    for each in reversed(loop.changes):
        yield spaced(page.styled(f"{each.at:%H:%M:%S}", "dim"), page.mark(each.mark), page.styled(each.text))
