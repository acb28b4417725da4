"""Checks that running programs log no errors that last, and known ones few; errors that are over are ignored."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.domain.kubernetes.pods import counted, is_starting, log_command, samples_text
from diagnose.domain.network.named_hosts import hosts_of, services_of
from diagnose.logs.entries import Level, parse
from diagnose.logs.errors import RECENT_S, Errors, Kind, errors_of
from diagnose.logs.reasons import around, essence, shortened
from diagnose.logs.signatures import ContainerLog, Writer, joined
from diagnose.model.report import Evidence, Finding, Severity, Step, Vantage
from diagnose.resources import Pod, Service
from diagnose.resources.selectors import selects
from diagnose.target import service_names
from diagnose.target.named_hosts import ends_in
from diagnose.text import times
from diagnose.text.characters import one_line
from diagnose.text.sentences import MAX_LENGTH, span, truncate

HANDLED = (
    "The program handles the error, and nothing that it is for depends on it: compare with what its users report.",
)
MANY = Code(
    id="logs.error-rate",
    meaning="A ready worker logs many errors, which its health endpoint does not show.",
    fix="Read the errors; the most frequent one is quoted.",
    severity=Severity.WARNING,
    symptom=True,
    alternatives=HANDLED,
    transient=True,
)
LOGGED = Code(
    id="logs.errors",
    meaning="A running program logs errors that no later success follows, or that come repeatedly. Of several "
    "kinds the one that began first is quoted, as it may have caused the others.",
    fix="Repair what the quoted error names; the lines around it are in the evidence.",
    severity=Severity.WARNING,
    symptom=True,
    alternatives=HANDLED,
    transient=True,
)
ONLY = Code(
    id="logs.only-errors",
    meaning="A program runs, but logs the same errors repeatedly and nothing that succeeds: what it is for does not "
    "work. Its pod may be ready nevertheless.",
    fix="Repair what the quoted error names; the lines around it are in the evidence.",
    symptom=True,
    alternatives=HANDLED,
    transient=True,
    # It may be why a probe fails, and follows from a dependency that is missing.
    stage=stages.ERRORS,
)
FULL = Code(
    id="logs.limit-reached",
    meaning="A running program logs that all of a pool is in use: connections, threads, slots or memory. What needs "
    "one more waits or fails.",
    fix="Find out what does not return them, or raise the limit.",
    severity=Severity.WARNING,
    transient=True,
)
WINDOW_S = 600.0
AT_LEAST = 20
MOST_FINDINGS = 3
ENDED_S = 86_400.0
"""The log of a program that ended well is judged for so long."""
CASCADE_S = 120.0
"""Errors that begin within so many seconds of each other may be consequences of the first."""
LASTED_S = 10.0
SETTLED = timedelta(seconds=60)
"""How long a start has errors of what is not available yet, and how long none is logged where they are over."""


class _Logged(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of one kind in one log."""

    log: ContainerLog
    kind: Kind
    only: bool


class _Rate(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the last entries of a log are errors, how many a minute, and how often the most frequent one."""

    log: ContainerLog
    errors: int
    entries: int
    rate: float
    times: int


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the errors that running programs log: of a program whose log is known those above the threshold."""
    if ctx.target.profile.start_steps:
        yield from _many(ctx)
        return
    until = {id(log): _until(ctx, log) for log in ctx.logs() if log.run == "current"}
    logs = [log for log in ctx.logs() if until.get(id(log))]
    if not logs and not ctx.problems:
        raise NotApplicableError("no container runs or ended without an error")
    found = [each for log in logs for each in _logged(ctx, log, _errors(ctx, log, until[id(log)] or ctx.now))]
    serious, others = ([each for each in found if each.only is only] for only in (True, False))
    for cascade in (*_cascades(serious), *_cascades(others))[:MOST_FINDINGS]:
        yield _finding(ctx, cascade)
    for log in logs:
        newest = log.text.newest
        # What is not recent is history, whether it was read or not.
        if log.text.gap and not (newest and ctx.age(newest[0].at).total_seconds() > RECENT_S):
            ctx.record_problem(log.text.gap)


def _until(ctx: Context, log: ContainerLog) -> datetime | None:
    """Returns the time for which a log is judged: of a program that ended well its end; None where it failed."""
    pod = _pod(ctx, log)
    status = pod.container_status(log.container) if pod else None
    if log.writer not in {Writer.WORKER, Writer.SIDECAR} or status is None:
        return ctx.now if log.ready else None
    end = status.state.terminated
    if pod and end and end.exit_code == 0 and pod.spec.restart_policy != "Always":
        return end.finished_at if ctx.age(end.finished_at).total_seconds() <= ENDED_S else None
    return ctx.now if log.ready or status.state.running else None


def _errors(ctx: Context, log: ContainerLog, until: datetime) -> Errors:
    """Returns the errors of a log, without those of a start that is over."""
    pod = _pod(ctx, log)
    status = pod.container_status(log.container) if pod else None
    run = (status.state.running or status.state.terminated) if status else None
    started = run.started_at if run else None

    def is_settled(kind: Kind) -> bool:
        if not kind.is_recoverable or kind.first_at is None or kind.last_at is None:
            return False
        if status is None or (status.state.running and not log.ready) or until - kind.last_at <= SETTLED:
            return False
        is_of_start = started is not None and kind.last_at <= started + SETTLED
        return is_of_start or _is_of_restart(ctx, kind.text, kind.first_at, kind.last_at)

    return errors_of(log.text.lines, until, is_settled)


def _is_of_restart(ctx: Context, text: str, first: datetime, last: datetime) -> bool:
    """Whether all errors of a kind are of the time when a pod started that the program depends on."""
    for pod in chain.from_iterable(_backends(ctx, *each) for each in _dependencies(ctx, text)):
        ready = pod.condition("Ready")
        ends = (each.last_end.finished_at for each in pod.status.container_statuses if each.last_end)
        begun = max(filter(None, (pod.metadata.creation_timestamp, *ends)), default=None)
        done = ready.last_transition_time if ready and pod.ready else None
        if begun and done and begun - SETTLED <= first and last <= done + SETTLED:
            return True
    return False


def _backends(ctx: Context, namespace: str, name: str) -> list[Pod]:
    selector = next((each.spec.selector for each in services_of(ctx, namespace) if each.name == name), {})
    listed = ctx.detail(lambda: ctx.list(Pod, namespace)) or () if selector else ()
    return [each for each in listed if selects(selector, each.metadata.labels)]


def _dependencies(ctx: Context, text: str) -> set[tuple[str, str]]:
    """Returns the Services that an error names, of those of the target's settings and namespace, else all of them."""
    own, target = ctx.target.namespace, ctx.target
    servers = (service_names.service_of(host, target) for host in service_names.hosts_of(target))
    others = (service_names.parse(each.host, own) for each in hosts_of(ctx))
    known = {*filter(None, servers), *((own, each.name) for each in others if each and each.namespace == own)}
    ends = {service_names.parse(host, own): is_sure for host, _, is_sure in ends_in(text)}
    named = known & {(each.namespace, each.name) for each in ends if each}
    return named or (set() if any(ends.values()) else known)


def _pod(ctx: Context, log: ContainerLog) -> Pod | None:
    return next((pod for pod in ctx.target.pods if pod.name == log.pod), None)


def _logged(ctx: Context, log: ContainerLog, errors: Errors) -> Iterator[_Logged]:
    pod = _pod(ctx, log)
    ended = pod is not None and pod.status.phase == "Succeeded"
    starting = pod is not None and not pod.ready and is_starting(ctx, pod)
    for kind in errors.present:
        lasted = (
            kind.first_at is None or kind.last_at is None or (kind.last_at - kind.first_at).total_seconds() >= LASTED_S
        )
        serious = (errors.only or not log.ready) and lasted and not (starting or ended or kind.is_limit)
        yield _Logged(log=log, kind=kind, only=serious)


def _cascades(found: list[_Logged]) -> list[list[_Logged]]:
    """Returns the errors that began at about the same time, the first one first."""
    ordered = sorted(found, key=lambda each: (each.kind.first_at is None, each.kind.first_at or times.EARLIEST))
    cascades: list[list[_Logged]] = []
    for each in ordered:
        before = cascades[-1][-1].kind.first_at if cascades else None
        at = each.kind.first_at
        if cascades and (before is None or at is None or (at - before).total_seconds() <= CASCADE_S):
            cascades[-1].append(each)
        else:
            cascades.append([each])
    return cascades


def _finding(ctx: Context, cascade: list[_Logged]) -> Finding:
    # Remarks without a level count where there is nothing else.
    first = next((each for each in cascade if not each.kind.weak), cascade[0])
    same = [each for each in cascade if _key(each) == _key(first)]
    others = {_key(each): each for each in cascade if _key(each) != _key(first)}
    pods = tuple(dict.fromkeys(each.log.pod for each in cascade))
    code = ONLY if first.only else FULL if first.kind.is_limit else LOGGED
    evidence = [
        _evidence(ctx, first, same),
        _around(ctx, first),
        *(_evidence(ctx, each, [each]) for each in others.values()),
    ]
    return code.finding(
        _summary(ctx, first, same, len(others)),
        Step("Read the errors.", log_command(ctx, first.log.pod, first.log.container)),
        pods=pods,
        evidence=tuple(evidence[:5]),
    )


def _key(logged: _Logged) -> str:
    return "".join(char for char in logged.kind.text.lower() if char.isalpha())


def _summary(ctx: Context, first: _Logged, same: list[_Logged], others: int) -> str:
    names = tuple(dict.fromkeys(each.log.pod for each in same))
    count = sum(each.kind.count for each in same)
    head = f"{samples_text(ctx, names)} log{'s' if len(names) == 1 else ''}"
    if any(len(pod.spec.containers) > 1 for pod in ctx.target.pods if pod.name in names):
        head = f"Container {first.log.container} of {counted(names)} logs"
    if first.kind.total:
        head = f"{head}, for {count:,} of {first.kind.total:,} requests"
    times = _times(ctx, same, count)
    follows = f", then {others} other error{'s' if others > 1 else ''}" if others else ""
    available = MAX_LENGTH - len(head) - len(times) - len(": .")
    if available - len(follows) < LEAST_QUOTED:
        follows = ""
    return f"{head}: {essence(first.kind.text, max(available - len(follows), LEAST_QUOTED))}{times}{follows}."


LEAST_QUOTED = 60


def _times(ctx: Context, same: list[_Logged], count: int) -> str:
    """Returns how often and since when, as the end of a sentence."""
    begun = min((each.kind.first_at for each in same if each.kind.first_at), default=None)
    last = max((each.kind.last_at for each in same if each.kind.last_at), default=None)
    if begun is None or last is None:
        return f" ({count:,} times)" if count > 1 else ""
    if count == 1:
        return f" (once, {span(ctx.age(begun).total_seconds())} ago)"
    return (
        f" ({count:,} times in {span(ctx.age(begun).total_seconds())}, last {span(ctx.age(last).total_seconds())} ago)"
    )


def _evidence(ctx: Context, logged: _Logged, same: list[_Logged]) -> Evidence:
    log, kind = logged.log, logged.kind
    begun = [each.kind.first_at for each in same if each.kind.first_at]
    last = [each.kind.last_at for each in same if each.kind.last_at]
    unread = f"\n[{log.text.cut:,} lines like others between were only counted]" if log.text.cut else ""
    seen = Evidence(
        source=f"pod {log.pod}, {log.container}",
        text=shortened(log.text.lines[kind.at].text.strip()) + unread,
        vantage=Vantage.OPERATOR,
        command=log.command,
        count=sum(each.kind.count for each in same),
        first_at=min(begun, default=None),
        last_at=max(last, default=None),
    )
    ctx.evidence.append(seen)
    return seen


def _around(ctx: Context, logged: _Logged) -> Evidence:
    log = logged.log
    return ctx.record_evidence(
        f"pod {log.pod}, {log.container}, the lines around it",
        around(log.text.lines, logged.kind.at),
        command=log.command,
    )


def _many(ctx: Context) -> Iterator[Finding]:
    """Yields workers of ready pods with more errors in a minute than allowed."""
    logs = [log for log in ctx.logs() if log.ready and log.writer is Writer.WORKER]
    if not logs and not ctx.problems:
        raise NotApplicableError("no pod is ready")
    found: dict[str, list[_Rate]] = {}
    for log in logs:
        lately = [
            entry for entry in joined(log.text.newest) if entry.at and ctx.age(entry.at).total_seconds() <= WINDOW_S
        ]
        errors = [entry for entry in map(parse, lately) if entry.level is Level.ERROR]
        rate = len(errors) / (_window_s(ctx, lately[0].at) / 60) if lately else 0.0
        if len(errors) >= AT_LEAST and rate >= ctx.target.request.thresholds.log_errors_per_minute:
            message, times = Counter(entry.message[:80] for entry in errors).most_common(1)[0]
            found.setdefault(one_line(message), []).append(
                _Rate(log=log, errors=len(errors), entries=len(lately), rate=rate, times=times)
            )
    for text, same in found.items():
        yield _rate(ctx, text, same)


def _window_s(ctx: Context, first: datetime | None) -> float:
    """Returns how much of the window the log covers: a young process has less."""
    return min(max(ctx.age(first).total_seconds(), 60.0), WINDOW_S)


def _rate(ctx: Context, text: str, same: list[_Rate]) -> Finding:
    """Returns one finding for all pods whose most frequent error is the same."""
    first, noun, pods = same[0], ctx.target.profile.noun, tuple(each.log.pod for each in same)
    highest = f"{max(each.rate for each in same):.0f} errors a minute"
    head = f"The {noun} of pod {pods[0]} logs {highest}"
    if len(same) > 1:
        head = f"The {noun}s of {len(same)} pods log up to {highest} each"
    return MANY.finding(
        f"{head}, mostly: {truncate(text, 70)}.",
        Step("Read the errors.", log_command(ctx, first.log.pod, first.log.container)),
        pods=pods,
        evidence=tuple(
            ctx.record_evidence(
                f"pod {each.log.pod}, {each.log.container}",
                f"{each.errors} of its last {each.entries} entries are errors, {each.errors / each.entries:.0%}; "
                f"{each.times} times {text}",
                command=each.log.command,
            )
            for each in same
        ),
    )


ERROR_RATE = Check(
    id="logs.error-rate",
    title="Running programs log no lasting errors",
    stage=stages.ERROR_RATE,
    run=run,
    codes=(MANY, LOGGED, ONLY, FULL),
    reads=(
        *WORKER_LOGS,
        *optional(
            CONFIG_MAPS,
            *(
                lists(scope, Service, Pod)
                for scope in (Scope.OWN, Scope.TEMPORAL, Scope.DATABASE, Scope.VAULT, Scope.OTHER_SERVICES)
            ),
        ),
    ),
)
