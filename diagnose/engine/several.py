"""One report of several workloads: a pure function of the report of each of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from diagnose.check.api import Check, grouped
from diagnose.engine.runner import BETWEEN_REASONS, outcome_of
from diagnose.model.report import Cause, Finding, Outcome, Report, Severity, Status, TargetFacts, Verdict, WorkloadState
from diagnose.target.target import Target
from diagnose.text.sentences import truncate
from diagnose.text.times import EARLIEST

_WORST_FIRST = (Verdict.BROKEN, Verdict.DEGRADED, Verdict.UNKNOWN, Verdict.HEALTHY)
_PRECEDENCE = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS, Status.SKIP)
NAMED = 3
"""How many workloads a reason names."""
LOGS = "logs."


@dataclass(frozen=True)
class Part:
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
        first = next(serious, "") or next(unknown if report.verdict is Verdict.UNKNOWN else warned, "")
        return WorkloadState(
            kind=target.owner.kind,
            name=target.owner.name,
            verdict=report.verdict,
            # Of what is to be deployed there are no pods yet.
            ready=0 if target.manifest else len(target.ready_pods),
            desired=None if target.manifest else target.replicas,
            reason=truncate(first) or target.idle,
            warnings=report.count(Status.WARN),
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
        workloads=(*(each.state for each in order), *left_out),
    )


def part_of(cause: Cause, parts: Iterable[Part]) -> Part | None:
    """Returns the part that a cause is about: by its name, else the first one with one of its pods."""
    finding = cause.finding
    named = (each for each in parts if each.reference in finding.subjects)
    having = (each for each in parts if any(pod.name in finding.pods for pod in each.target.pods))
    return next(named, None) or next(having, None)


def _key(finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    return finding.code, finding.summary, finding.subjects


def _shared(parts: Iterable[Part]) -> frozenset[tuple[str, str, tuple[str, ...]]]:
    """Returns the findings that several workloads have in common, such as about a node."""
    found = grouped((_key(each), part) for part in parts for o in part.report.outcomes for each in o.findings)
    return frozenset(key for key, having in found.items() if len({each.reference for each in having}) > 1)


def _named(part: Part, shared: frozenset[tuple[str, str, tuple[str, ...]]]) -> Part:
    """Returns the part with findings that name their workload and their pods."""
    target = part.target
    pods = tuple(pod.name for pod in target.pods)

    def named(finding: Finding) -> Finding:
        known = replace(finding, pods=finding.pods or pods)
        if _key(finding) in shared:
            return known
        subjects = known.subjects if part.reference in known.subjects else (*known.subjects, part.reference)
        if not any(_names(finding.summary, name) for name in (target.name, *known.pods)):
            known = replace(known, summary=truncate(f"{part.reference}: {finding.summary}"))
        return replace(known, subjects=subjects)

    outcomes = tuple(replace(each, findings=tuple(map(named, each.findings))) for each in part.report.outcomes)
    causes = tuple(replace(each, finding=named(each.finding)) for each in part.report.causes)
    return replace(part, report=replace(part.report, outcomes=outcomes, causes=causes))


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
    return bool(name) and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


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
    of_some = (f"{_list(some)}: {BETWEEN_REASONS.join(reasons)}" for some, reasons in by_workloads.items())
    return BETWEEN_REASONS.join((*of_all, *of_some))


def _list(references: Sequence[str]) -> str:
    more = f" and {len(references) - NAMED} more" if len(references) > NAMED else ""
    return f"{', '.join(references[:NAMED])}{more}"


def _with_left_out(
    outcomes: tuple[Outcome, ...], left_out: tuple[WorkloadState, ...], discovery: Check
) -> tuple[Outcome, ...]:
    """Returns the outcomes with that of the discovery unknown, as workloads were not examined."""
    names = grouped((each.reason, each.reference) for each in left_out)
    reason = "; ".join(f"{_list(references)}: {reason}" for reason, references in names.items())
    known = next((each for each in outcomes if each.check == discovery.id), None)
    rest = tuple(each for each in outcomes if each is not known)
    findings = known.findings if known else ()
    return (outcome_of(discovery, Status.UNKNOWN, reason, findings=findings), *rest)
