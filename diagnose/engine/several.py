"""One report of several workloads: a pure function of the report of each of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Check, grouped
from diagnose.engine.impact import joined
from diagnose.engine.runner import BETWEEN_REASONS, outcome_of
from diagnose.model.report import Cause, Finding, Outcome, Report, Severity, Status, TargetFacts, Verdict, WorkloadState
from diagnose.target.target import Target
from diagnose.text.sentences import ending, listed, truncate
from diagnose.text.times import EARLIEST

_WORST_FIRST = (Verdict.BROKEN, Verdict.DEGRADED, Verdict.UNKNOWN, Verdict.HEALTHY)
_PRECEDENCE = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS, Status.SKIP)
NAMED = 3
"""How many workloads a reason names."""
NAME = "\0"
"""Stands for the name of the workload, where sentences about the same object differ in nothing else."""
LOGS = "logs."


class Part(msgspec.Struct, frozen=True):
    """The report of one workload of the run.

    Attributes:
        follows: what would be its causes, and follows from those of other workloads.
    """

    target: Target
    report: Report
    follows: tuple[Cause, ...] = ()

    @property
    def reference(self) -> str:
        """KIND/NAME, as kubectl takes it."""
        return self.target.owner.reference

    @property
    def state(self) -> WorkloadState:
        """The line of the workload."""
        target, report = self.target, self.report
        unknown = (each.reason for each in report.outcomes if each.status is Status.UNKNOWN)
        causes = [each.finding for each in (*report.causes, *self.follows)]
        serious = (each.summary for each in causes if each.severity is Severity.CRITICAL)
        warned = (each.summary for each in causes if each.severity is Severity.WARNING)
        is_unknown = report.verdict is Verdict.UNKNOWN
        first = next(serious, "") or (ending(next(unknown, "")) if is_unknown else next(warned, ""))
        return WorkloadState(
            kind=target.owner.kind,
            name=target.owner.name,
            verdict=report.verdict,
            # Of what is to be deployed there are no pods yet.
            ready=0 if target.manifest else len(target.ready_pods),
            desired=None if target.manifest else target.replicas,
            reason=truncate(first) or target.idle,
            warnings=report.count(Status.WARN),
            profile=report.target.profile,
            facts=report.target.facts,
            state=report.state,
        )


def merged(parts: Sequence[Part], left_out: tuple[WorkloadState, ...], discovery: Check, facts: TargetFacts) -> Report:
    """Returns the report of all workloads, the broken ones first; those that were left out make it unknown."""
    order = sorted(parts, key=lambda each: _WORST_FIRST.index(each.report.verdict))
    shared = _shared(order)
    named = [_named(each, shared) for each in order]
    outcomes = _outcomes(named)
    if left_out:
        outcomes = _with_left_out(outcomes, left_out, discovery)
    failing = [each.report for each in order if each.report.count(Status.FAIL)]
    first = order[0].report
    profiles = dict.fromkeys(each.target.profile.name for each in order)
    pods = tuple(pod.name for each in order for pod in each.target.pods)
    return replace(
        first,
        target=replace(
            facts,
            profile=", ".join(profiles),
            profile_reason=first.target.profile_reason,
            label="each workload",
            pods=pods,
        ),
        outcomes=outcomes,
        causes=_causes(named),
        complete=all(each.report.complete for each in order),
        interrupted=any(each.report.interrupted for each in order),
        works=all(each.works for each in failing) if failing else None,
        impact=joined([each.report.impact for each in order]),
        workloads=(*(each.state for each in order), *left_out),
    )


def part_of(cause: Cause, parts: Iterable[Part]) -> Part | None:
    """Returns the part that a cause is about: by its name, else the first one with one of its pods."""
    finding = cause.finding
    named = (each for each in parts if each.reference in finding.subjects)
    having = (each for each in parts if any(pod.name in finding.pods for pod in each.target.pods))
    return next(named, None) or next(having, None)


_Key = tuple[str, str, tuple[str, ...]]


def _key(finding: Finding) -> _Key:
    return finding.code, finding.summary, finding.subjects


def _general(finding: Finding, part: Part) -> _Key:
    """Returns the key without the name of the workload, where neither an object nor a step of the fix is its own."""
    own = (each for step in finding.remediation.steps for each in (step.text, str(step.command), step.changes))
    if not finding.subjects or any(_names(each, part.target.name) for each in (*finding.subjects, *own)):
        return _key(finding)
    summary = re.sub(_whole(part.target.name), NAME, finding.summary)
    return _key(replace(finding, summary=summary))


def _shared(parts: Iterable[Part]) -> dict[_Key, tuple[Part, ...]]:
    """Returns the findings that several workloads have in common, such as about a node or a Secret, with them."""
    found = grouped((_general(each, part), part) for part in parts for each in _findings(part.report))
    having = {key: tuple({each.reference: each for each in parts}.values()) for key, parts in found.items()}
    return {key: parts for key, parts in having.items() if len(parts) > 1}


def _findings(report: Report) -> Iterator[Finding]:
    """Yields the findings as the checks made them, and as the causes have them, with what was changed."""
    for outcome in report.outcomes:
        yield from outcome.findings
    yield from (each.finding for each in report.causes)


def _named(part: Part, shared: dict[_Key, tuple[Part, ...]]) -> Part:
    """Returns the part with findings that name their workload and their pods."""
    target = part.target
    pods = tuple(pod.name for pod in target.pods)

    def named(finding: Finding) -> Finding:
        known = replace(finding, pods=finding.pods or pods)
        key = _general(finding, part)
        if key in shared:
            return _of_all(known, key, shared[key])
        subjects = known.subjects if part.reference in known.subjects else (*known.subjects, part.reference)
        if not any(_names(finding.summary, name) for name in (target.name, *known.pods)):
            known = replace(known, summary=f"{part.reference}: {finding.summary}")
        return replace(known, subjects=subjects)

    outcomes = tuple(replace(each, findings=tuple(map(named, each.findings))) for each in part.report.outcomes)
    causes = tuple(replace(each, finding=named(each.finding)) for each in part.report.causes)
    return replace(part, report=replace(part.report, outcomes=outcomes, causes=causes))


def _of_all(finding: Finding, key: _Key, parts: Sequence[Part]) -> Finding:
    """Returns a finding that several workloads have in common, which names all where it names one."""
    _, summary, subjects = key
    if NAME not in summary:
        return finding
    named = summary.replace(NAME, listed((each.target.name for each in parts), NAMED))
    return replace(finding, summary=truncate(named), subjects=(*subjects, *(each.reference for each in parts)))


def _causes(parts: Sequence[Part]) -> tuple[Cause, ...]:
    """Returns the causes, critical ones first, then by workload; one that several have in common once."""
    having = grouped((_key(cause.finding), cause) for part in parts for cause in part.report.causes)
    joined = [
        replace(
            same[0],
            finding=_joined([each.finding for each in same]),
            explains=tuple(dict.fromkeys(check for each in same for check in each.explains)),
        )
        for same in having.values()
    ]
    failing = [part.target.name for part in parts if part.report.count(Status.FAIL)]
    return tuple(sorted(joined, key=lambda cause: _place(cause, failing)))


def _place(cause: Cause, failing: Iterable[str]) -> tuple[int, bool, bool, datetime]:
    """Returns what orders causes: what a program logs about another failing workload comes late, the latest last."""
    finding = cause.finding
    others = (name for name in failing if not any(name in each for each in (*finding.subjects, *finding.pods)))
    follows = any(_names(finding.summary, name) for name in others)
    logged = finding.code.startswith(LOGS)
    times = [each.first_at for each in finding.evidence if each.first_at] if logged else []
    return -finding.severity.rank, logged and follows, logged, min(times, default=EARLIEST)


def _names(text: str, name: str) -> bool:
    """Whether a text has a name, and not only as a part of another one."""
    return bool(name) and re.search(_whole(name), text) is not None


def _whole(name: str) -> str:
    return rf"(?<![\w-]){re.escape(name)}(?![\w-])"


def _joined(same: Sequence[Finding]) -> Finding:
    """Returns a finding that several workloads have in common, with the pods of all."""
    worst = max(same, key=lambda each: each.severity.rank)
    return replace(worst, pods=tuple(dict.fromkeys(pod for each in same for pod in each.pods)))


def _outcomes(parts: Sequence[Part]) -> tuple[Outcome, ...]:
    by_check = grouped((each.check, (part.reference, each)) for part in parts for each in part.report.outcomes)
    order = [each.check for each in parts[0].report.outcomes]
    return tuple(_outcome(by_check[check]) for check in dict.fromkeys((*order, *by_check)))


def _outcome(having: Sequence[tuple[str, Outcome]]) -> Outcome:
    """Returns the outcome of one check for all workloads: the worst."""
    all_of_them = [each for _, each in having]
    status = min((each.status for each in all_of_them), key=_PRECEDENCE.index)
    of_status = [each for each in all_of_them if each.status is status]
    found = grouped((_key(finding), finding) for each in all_of_them for finding in each.findings)
    with_findings = [each for each in all_of_them if each.findings]
    explained = all(each.explained_by for each in with_findings)
    return replace(
        of_status[0],
        reason=_reason(having, status),
        blocked_by=tuple(dict.fromkeys(name for each in of_status for name in each.blocked_by)),
        explained_by=tuple(dict.fromkeys(code for each in with_findings if explained for code in each.explained_by)),
        findings=tuple(map(_joined, found.values())),
        evidence=tuple(dict.fromkeys(evidence for each in all_of_them for evidence in each.evidence)),
        duration_s=round(sum(each.duration_s for each in all_of_them), 3),
        muted=tuple(muted for each in all_of_them for muted in each.muted),
    )


def _reason(having: Sequence[tuple[str, Outcome]], status: Status) -> str:
    """Returns the reasons of this status, and what is unknown: those of all workloads first, others with theirs."""
    by_reason = grouped(
        (reason, reference)
        for reference, each in having
        if each.reason and each.status in {status, Status.UNKNOWN}
        for reason in dict.fromkeys(each.reason.split(BETWEEN_REASONS))
    )
    by_workloads = grouped((tuple(references), reason) for reason, references in by_reason.items())
    of_all = by_workloads.pop(tuple(reference for reference, _ in having), [])
    of_some = (f"{listed(some, NAMED)}: {BETWEEN_REASONS.join(reasons)}" for some, reasons in by_workloads.items())
    return BETWEEN_REASONS.join((*of_all, *of_some))


def _with_left_out(
    outcomes: tuple[Outcome, ...], left_out: tuple[WorkloadState, ...], discovery: Check
) -> tuple[Outcome, ...]:
    """Returns the outcomes with that of the discovery unknown, as workloads were not examined."""
    names = grouped((each.reason, each.reference) for each in left_out)
    reason = "; ".join(f"{listed(references, NAMED)}: {reason}" for reason, references in names.items())
    known = next((each for each in outcomes if each.check == discovery.id), None)
    rest = tuple(each for each in outcomes if each is not known)
    findings = known.findings if known else ()
    return (outcome_of(discovery, Status.UNKNOWN, reason, findings=findings), *rest)
