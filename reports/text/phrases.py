"""Phrases that several formats share, so that they never differ."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from diagnose.commands import others
from diagnose.model.report import (
    Cause,
    Evidence,
    ExitCode,
    Finding,
    Mute,
    Outcome,
    Report,
    Severity,
    State,
    Status,
    Step,
    Verdict,
    WorkEffect,
    WorkloadState,
)
from diagnose.text.characters import one_line, visible
from diagnose.text.sentences import listed

_IN_ASCII = str.maketrans(
    {"✗": "x", "✓": "v", "│": "|", "·": "-", "–": "-", "—": "-", "…": "...", "→": "->", "‹": "<", "›": ">", "×": "x"}
)


FORBIDDEN = " is forbidden for "
"""What the reason of an answer has that the API server refused for a missing right."""

MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "unknown": "?"}
"""The mark of each status."""

STATE_OF_PODS = {
    "workload.crash-looping": "in CrashLoopBackOff",
    "workload.pod-failed": "failed",
    "logs.startup-failed": "cannot start",
    "workload.not-ready": "not ready",
    "workload.too-few-ready": "not ready",
    "health.endpoint-silent": "without an answer of the health endpoint",
}
"""The states of pods that follow from a cause by their codes, the most informative first."""
ROLLOUT_STUCK = "release.rollout-stuck"

OTHERS = 5
"""How many other broken workloads are named."""

MARK_OF = {
    State.DOWN: "fail",
    State.IMPAIRED: "warn",
    State.AT_RISK: "warn",
    State.HEALTHY: "pass",
    State.UNKNOWN: "unknown",
}
"""The name of the mark of each state."""

MEANING_OF = {
    State.DOWN: "no work is done",
    State.IMPAIRED: "some of the work fails or waits",
    State.AT_RISK: "what runs works, what starts next may not",
}
"""What each state of a failed run means."""


def plain(text: str) -> str:
    """Removes control sequences and invisible characters; line breaks stay, tabs become spaces."""
    return visible(text).replace("\t", "    ")


def encoded(text: str, *, in_ascii: bool) -> str:
    """Returns text, perhaps in ASCII: characters without an equivalent become escapes, so that nothing is lost."""
    return text.translate(_IN_ASCII).encode("ascii", "backslashreplace").decode() if in_ascii else text


def number(count: int, noun: str) -> str:
    """Returns a count with its noun: "1 check", "3 checks"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def target_name(report: Report) -> str:
    """Returns the name of the target: "msp/temporal-worker"; "" where the run has not found it yet."""
    target = report.target
    return one_line("/".join(part for part in (target.namespace, target.workload_name) if part))


def nothing_checked(report: Report) -> bool:
    """Whether nothing of the cluster was read: the one outcome that was not skipped is unknown, for a known cause."""
    done = [each for each in report.outcomes if each.status is not Status.SKIP]
    return len(done) == 1 and done[0].status is Status.UNKNOWN and bool(done[0].findings) and not report.target.pods


def headline(report: Report) -> tuple[str, str]:
    """Returns the name of the mark and the words of the result: of a gate, an audit, a part of the checks, or a run."""
    if report.is_gate:
        is_open = report.exit_code is ExitCode.OPEN
        return ("pass", "GATE OPEN") if is_open else ("fail", "GATE CLOSED")
    if report.is_audit and report.outcomes and not nothing_checked(report):
        serious, minor = _counted(report, Severity.CRITICAL), _counted(report, Severity.WARNING)
        mark = "fail" if serious else "unknown" if report.verdict is Verdict.UNKNOWN else "warn" if minor else "pass"
        return mark, f"AUDIT {serious} serious, {minor} minor"
    if report.selection and not report.count(Status.FAIL):
        return "unknown", partial(report)
    if report.state is State.HEALTHY and (warnings := _counted(report, Severity.WARNING)):
        return "warn", f"{state_name(report.state)}, {number(warnings, 'warning')}"
    return MARK_OF[report.state], state_name(report.state)


def meaning(report: Report) -> str:
    """Returns what the state of a failed run means: in the words of its only cause, where that explains the state."""
    causes = [each.finding for each in report.causes if each.finding.severity is Severity.CRITICAL]
    means, impairs = (causes[0].means, causes[0].work is not WorkEffect.NONE) if len(causes) == 1 else ("", False)
    exact = report.state is (State.IMPAIRED if impairs else State.AT_RISK)
    return means if means and exact else MEANING_OF.get(report.state, "")


def headline_text(report: Report) -> str:
    """Returns the words of the result with since when the failure lasts."""
    return " ".join(filter(None, (headline(report)[1], since_text(report))))


def state_name(state: State) -> str:
    """Returns the state as a headline has it: "AT RISK"."""
    return state.value.replace("-", " ").upper()


def failing_since(report: Report) -> tuple[datetime, float] | None:
    """Returns since when the failure lasts, and the seconds until the report; None where that is not known.

    A gate and an audit are about the moment.
    """
    if report.since is None or report.is_gate or report.is_audit:
        return None
    return report.since.astimezone(UTC), (report.started_at - report.since).total_seconds()


def since_text(report: Report) -> str:
    """Returns since when the failure lasts: "since 2026-11-29 19:48:43 UTC (5 min)"; "" where that is not known."""
    found = failing_since(report)
    return f"since {full_time(found[0])} ({span_text(found[1])})" if found else ""


def span_text(seconds: float) -> str:
    """Formats a duration: "90 s", "5 min", "3 h 20 min", "2 d 4 h"."""
    if seconds < 120:
        return f"{max(0, int(seconds))} s"
    hours, minutes = divmod(int(seconds) // 60, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def impact_parts(report: Report) -> Iterator[str]:
    """Yields how bad it is, in numbers, as far as the run has read them.

    Pods are counted where not all of them are ready, or nothing else is known; failed executions where some of the
    work fails, since those of the last minutes may be of before.
    """
    impact, failing = report.impact, bool(report.count(Status.FAIL))
    # Where nothing fails, a pod beyond the desired ones is that of a rollout.
    pods = max(len(report.target.pods) if failing or not impact.desired else 0, impact.desired or 0)
    if impact.ready is not None and impact.ready < pods:
        yield f"{impact.ready:,} of {number(pods, 'pod')} ready"
    elif impact.ready and not failing:
        yield f"{number(impact.ready, 'pod')} ready"
        if (others := len(report.target.pods) - impact.ready) > 0:
            yield f"{others:,} more starting or stopping"
    if impact.waiting:
        oldest = f", oldest {span_text(impact.oldest_s)}" if impact.oldest_s else ""
        yield f"{number(impact.waiting, 'task')} {'waits' if impact.waiting == 1 else 'wait'}{oldest}"
    if impact.failed and impact.ended and impact.minutes and report.state in {State.DOWN, State.IMPAIRED}:
        executions = f"{impact.failed:,} of {number(impact.ended, 'execution')}"
        yield f"{executions} failed in {span_text(impact.minutes * 60)}"


def partial(report: Report) -> str:
    """Returns that a run of selected checks gives no verdict, "" for a whole run."""
    selection = report.selection
    return f"{len(report.outcomes):,} of {number(selection.available, 'check')}: not a verdict" if selection else ""


def selected(report: Report) -> str:
    """Returns which checks were selected, and where; "" for a whole run."""
    if report.selection is None:
        return ""
    only, skip = (one_line(listed(each)) for each in (report.selection.only, report.selection.skip))
    parts = [f"only {only}" if only else "", f"without {skip}" if skip else ""]
    origin = f" ({one_line(report.selection.file)})" if report.selection.file else ""
    return f"{', '.join(part for part in parts if part)}{origin}"


def partial_run(report: Report) -> str:
    """Returns that a run of selected checks gives no verdict, with the selection; "" for a whole run."""
    return f"{partial(report)} ({selected(report)})" if report.selection else ""


def running_now(report: Report) -> str:
    """Returns the line about what runs while a gate decides about a deployment, "" where that is not known."""
    if not report.is_gate or report.works is None:
        return ""
    works = "works" if report.works else "does not work"
    return f"running now: {one_line(report.target.label)} {works}, {number(len(report.target.pods), 'pod')}"


def not_as_released(report: Report) -> Iterator[str]:
    """Yields why what runs is not what was last released, where nothing fails: a rollback, a change by hand."""
    found = (report.target.release.get(key, "") for key in ("rolled_back", "by_hand"))
    yield from (one_line(each) for each in found if each and not report.count(Status.FAIL))


def _counted(report: Report, severity: Severity) -> int:
    return sum(cause.finding.severity is severity for cause in report.causes)


def _closed_by(report: Report) -> Iterator[str]:
    """Yields what closes a gate: the numbers of checks by their results."""
    words = {Status.FAIL: "failed", Status.UNKNOWN: "unknown", Status.WARN: "with warnings", Status.SKIP: "skipped"}
    closing = [outcome.status for outcome in report.outcomes if report.closes(outcome)]
    for status, word in words.items():
        if count := closing.count(status):
            yield f"{number(count, 'check')} {word}"
    if report.not_selected:
        yield f"{number(len(report.not_selected), 'required check')} not selected"


def not_completed(report: Report) -> str:
    """Returns that the run was not completed; "" where it was."""
    if report.interrupted:
        return "interrupted, so incomplete"
    return "" if report.complete else "incomplete run"


def restrictions(report: Report) -> Iterator[str]:
    """Yields what the headline means and what restricts it."""
    if not_completed(report):
        yield not_completed(report)
    if nothing_checked(report):
        yield "nothing was checked"
    if report.is_gate:
        yield from _closed_by(report)
    elif not report.is_audit and meaning(report):
        yield meaning(report)
    if report.selection:
        yield from [] if headline(report)[1] == partial(report) else [partial(report)]
        yield selected(report)


def verdict_text(report: Report) -> str:
    """Returns the restrictions of the verdict, how bad it is, the numbers of causes and checks, duration and cost."""
    serious = _counted(report, Severity.CRITICAL)
    causes = [number(serious, "cause")] if serious and not (report.is_gate or report.is_audit) else []
    # Of selected checks the number is known already.
    checked = "" if report.selection or nothing_checked(report) else f"{number(len(report.outcomes), 'check')} "
    cost_text = f"{checked}in {report.duration_s:.1f} s ({cost(report)})"
    return " · ".join([*restrictions(report), *causes, *impact_parts(report), cost_text])


def number_of_causes(report: Report) -> str:
    """Returns how many serious causes there are; "" for one, and for an audit, whose headline has the number."""
    serious = _counted(report, Severity.CRITICAL)
    return number(serious, "cause") if serious > 1 and not report.is_audit else ""


def subject(report: Report) -> str:
    """Returns how many workloads and pods, or which file, the report is about; "" where nothing is found yet."""
    of_several = number(len(several(report)), "workload") if several(report) else ""
    pods = number(len(report.target.pods), "pod") if of_several or report.target.workload_name else ""
    if report.target.manifest:
        pods = "stdin" if report.target.manifest == "-" else f"manifest {one_line(report.target.manifest)}"
    return " · ".join(part for part in (of_several, pods) if part)


def mark_of(state: WorkloadState) -> str:
    """Returns the name of the mark of a workload: that of its verdict, where nothing failed the one of warnings."""
    return "warn" if state.state is State.HEALTHY and state.warnings else MARK_OF[state.state]


def several(report: Report) -> tuple[WorkloadState, ...]:
    """Returns the workloads of a run about several."""
    return () if report.target.workload_name else report.workloads


def state_text(state: WorkloadState, stated: str = "") -> str:
    """Returns the state of a workload: "deployment/web  1 of 3 ready · Pod web-1 …"; no reason that is stated."""
    ready = f"{state.ready} of {state.desired} ready" if state.desired is not None else ""
    ready = ready or (f"{state.ready} ready" if state.ready else "")
    reason = "" if state.reason and state.reason in stated else one_line(state.reason)
    return f"{one_line(state.reference)}  {' · '.join(part for part in (ready, reason) if part)}".rstrip()


def other_broken(report: Report) -> str:
    """Returns the sentence about other workloads of the namespace that are broken, "" without any."""
    others = () if several(report) else report.workloads
    named = listed((f"{one_line(each.reference)} ({one_line(each.reason)})" for each in others), OTHERS)
    return f"also broken in this namespace: {named}" if named else ""


def cost(report: Report) -> str:
    """Returns the number of requests of the run."""
    usage = report.usage
    execs = [number(usage.exec_calls, "exec")] if usage.exec_calls else []
    return ", ".join([number(usage.api_calls, "API call"), *execs, number(usage.probes, "probe")])


def headed_causes(report: Report) -> Iterator[tuple[str, Cause]]:
    """Yields each cause with its heading, the root cause first."""
    rank = 0
    for cause in report.causes:
        if cause.finding.severity is not Severity.CRITICAL:
            yield "WARNING", cause
            continue
        rank += 1
        yield ("ROOT CAUSE" if rank == 1 else f"CAUSE {rank}"), cause


def affected(finding: Finding, report: Report) -> str:
    """Returns the affected part of the target; the number of pods is a hint in itself."""
    if nothing_checked(report):
        return "the cluster"
    # A deleted pod may be affected, too, but is no pod of the target.
    total = max(len(report.target.pods), len(finding.pods))
    if not total:
        return "the whole workload" if report.target.workload_name else "all pods"
    count = len(finding.pods) or total
    if count == 1:
        name = one_line((finding.pods or report.target.pods)[0])
        return f"pod {name}" if total == 1 else f"1 of {number(total, 'pod')}: {name}"
    return f"{count:,} of {number(total, 'pod')}"


def evidence_text(evidence: Evidence, report: Report) -> str:
    """Returns the source of evidence with its count and its last time."""
    times = f", {evidence.count:,} times" if evidence.count > 1 else ""
    last = f", last {clock_time(evidence.last_at, report.started_at)}" if evidence.last_at else ""
    return f"{one_line(evidence.source)}{times}{last}"


def full_time(moment: datetime) -> str:
    """Returns a time with its date, for places without a report's heading."""
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}".rstrip()


def clock_time(moment: datetime, started_at: datetime) -> str:
    """Returns a time in the time zone of the report's heading, with its date on another day."""
    same_clock = moment.astimezone(started_at.tzinfo) if moment.tzinfo and started_at.tzinfo else moment
    return f"{same_clock:%H:%M:%S}" if same_clock.date() == started_at.date() else f"{same_clock:%Y-%m-%d %H:%M:%S}"


def effect(step: Step) -> str:
    """Returns the effect of a step; "" for a step without a command."""
    if step.changes:
        return f"changes {one_line(step.changes)}"
    return "read only" if step.command else ""


def step_lines(steps: Iterable[Step]) -> Iterator[str]:
    """Yields the numbered steps of a fix as plain lines, each with its effect, then its commands."""
    for count, step in enumerate(steps, 1):
        does = f" ({effect(step)})" if effect(step) else ""
        yield f"{count}. {one_line(step.text)}{does}"
        if step.command:
            yield f"   {plain(step.command)}"


def unknown_checks(report: Report) -> dict[str, tuple[str, ...]]:
    """Returns the unknown checks by reason; none where a cause has it already."""
    reasons: dict[str, list[str]] = {}
    if nothing_checked(report):
        return {}
    for outcome in report.outcomes:
        if outcome.status is Status.UNKNOWN:
            reasons.setdefault(one_line(outcome.reason), []).append(outcome.check)
    return {reason: tuple(checks) for reason, checks in reasons.items()}


def role_command(report: Report) -> str:
    """Returns what prints the role that the run needs; "" where no check is unknown for a missing right."""
    if not any(FORBIDDEN in reason for reason in unknown_checks(report)):
        return ""
    command = "audit" if report.occasion == "audit" else "gate" if report.is_gate else "all"
    return str(others.role(namespace=report.target.namespace, command=command))


def muted(report: Report) -> Iterator[str]:
    """Yields a sentence for each mute that applies and for each that has expired."""
    counts: dict[Mute, int] = {}
    for each in report.muted:
        counts[each.mute] = counts.get(each.mute, 0) + 1
    for mute, count in counts.items():
        yield f"{count} muted: {_named(mute)} until {mute.until}, because {one_line(mute.reason)}"
    for mute in report.expired_mutes:
        yield f"the mute of {_named(mute)} expired on {mute.until} and no longer applies ({one_line(mute.reason)})"


def _named(mute: Mute) -> str:
    return f"{mute.code} ({one_line(mute.object)})" if mute.object else mute.code


def profile_text(report: Report) -> str:
    """Returns the profile, where one was chosen."""
    target = report.target
    return f"profile {one_line(target.profile)}" if target.profile_reason else ""


def fact_lines(facts: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yields what is known of a target, a line for each fact; facts of a topic that are all the same are one."""
    topics: dict[str, dict[str, str]] = {}
    for name, fact in facts.items():
        topic, _, part = name.partition(".")
        topics.setdefault(topic, {})[part] = _fact_text(fact)
    for topic, parts in topics.items():
        if len(set(parts.values())) == 1:
            yield f"{topic}: {next(iter(parts.values()))}"
        else:
            yield from (f"{topic} {name}: {text}" for name, text in parts.items())


def _fact_text(fact: dict[str, str]) -> str:
    """Returns a fact: its value and source, the object that has it, or why it is not known."""
    state, reason = fact.get("state", ""), one_line(fact.get("reason", ""))
    if state == "value":
        return f"{one_line(fact.get('value', ''))} ({one_line(fact.get('source', ''))})"
    if state == "reference":
        return f"by reference: {one_line(fact.get('source', ''))}"
    return f"{state}, {reason}" if reason else state


def unaccounted(report: Report) -> tuple[Outcome, ...]:
    """Returns failures and warnings that no cause covers: they must not disappear in a count."""
    explained = {check for cause in report.causes for check in (cause.check, *cause.explains)}
    return tuple(
        outcome
        for outcome in report.outcomes
        if outcome.status in {Status.FAIL, Status.WARN} and outcome.check not in explained
    )


def so_text(cause: Cause, report: Report) -> str:
    """Returns the consequences of a cause: "1 pod in CrashLoopBackOff · rollout stuck · 13 checks skipped"."""
    ended = {outcome.check: outcome for outcome in report.outcomes}
    outcomes = [ended[check] for check in cause.explains if check in ended]
    found = {finding.code: finding for outcome in outcomes for finding in outcome.findings}
    # One state of the pods says it for the others.
    state = next((code for code in STATE_OF_PODS if code in found), "")
    pods = number(len(found[state].pods) or len(report.target.pods), "pod") if state else ""
    named = {*STATE_OF_PODS, ROLLOUT_STUCK}
    others = sum(each.status is Status.FAIL and named.isdisjoint(f.code for f in each.findings) for each in outcomes)
    skipped = sum(outcome.status is Status.SKIP for outcome in outcomes)
    parts = (
        f"{pods} {STATE_OF_PODS[state]}" if state else "",
        "rollout stuck" if ROLLOUT_STUCK in found else "",
        f"{number(others, 'more check')} failed" if others else "",
        f"{number(skipped, 'check')} skipped" if skipped else "",
    )
    return " · ".join(part for part in parts if part)


def counts_text(report: Report) -> str:
    """Returns the numbers of checks by status and the duration: "1 failed, 80 passed of 81 checks in 2.8 s"."""
    words = {
        Status.FAIL: "failed", Status.PASS: "passed", Status.WARN: "with warnings", Status.SKIP: "skipped",
        Status.UNKNOWN: "unknown",
    }  # fmt: skip
    counts = ((report.count(status), word) for status, word in words.items())
    shown = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{shown or 'none'} of {number(len(report.outcomes), 'check')} in {report.duration_s:.1f} s"


def status_counts(report: Report, marks: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the counts of all outcomes with their marks, failures first if there are any."""
    count = {status: report.count(status) for status in Status}
    failed = (f"{marks['fail']} {count[Status.FAIL]} failed",) if count[Status.FAIL] else ()
    return (
        *failed,
        f"{marks['pass']} {count[Status.PASS]} passed",
        f"{marks['warn']} {number(count[Status.WARN], 'warning')}",
        f"{marks['skip']} {count[Status.SKIP]} skipped",
        f"{marks['unknown']} {count[Status.UNKNOWN]} unknown",
    )
