"""The checks and pods on the HTML page, and their order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from diagnose.model.report import Cause, Finding, Outcome, Report, Severity, Status, Step
from diagnose.text.characters import one_line
from diagnose.text.sentences import listed
from reports.html.limits import Limited, Limits, limited
from reports.text.fix import says_the_same, shown_fix
from reports.text.phrases import failing_since, full_time, span_text

MAX_QUEUES = 3

TOPICS = {
    "workload": "Pods and containers",
    "network": "Network and DNS",
    "vault": "Vault",
    "secrets": "Secrets and files",
    "config": "Settings",
    "database": "Database",
    "temporal": "Temporal",
    "health": "Health and probes",
    "scaling": "Scaling and resources",
    "logs": "Process and logs",
    "release": "Rollout and release",
    "argo": "Build and deploy",
    "policy": "Security",
}
_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.SKIP, Status.PASS)
_WEIGHT = {Severity.CRITICAL: 1_000_000, Severity.WARNING: 1_000, Severity.INFO: 1}


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome with its anchor on the page."""

    outcome: Outcome
    anchor: str


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of one topic."""

    name: str
    anchor: str
    rows: tuple[CheckRow, ...]

    @property
    def has_problems(self) -> bool:
        """Whether one of its checks failed, warns or is unknown, so that it is shown unfolded."""
        return any(row.outcome.status in {Status.FAIL, Status.UNKNOWN, Status.WARN} for row in self.rows)

    @property
    def counts(self) -> tuple[tuple[Status, int], ...]:
        """The number of checks by status, the worst first."""
        return counted(row.outcome for row in self.rows)


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A fix as the page shows it.

    Attributes:
        summary: its sentence, "" where the first step says the same.
        first: the steps that are shown at once: the one that fixes it with what its command needs, after the one that
            decides whether it does.
        deciding: the step that decides between explanations, where it is not among the first.
        further: the other ones.
    """

    summary: str
    first: tuple[Step, ...]
    deciding: tuple[Step, ...]
    further: tuple[Step, ...]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A number or a name in the row below a fix, with its detail and its link, both perhaps ""."""

    label: str
    text: str
    detail: str = ""
    link: str = ""


def fix(finding: Finding) -> Fix:
    """Returns the parts of a fix."""
    remediation, shown = finding.remediation, shown_fix(finding)
    fixing = tuple(filter(None, (shown.fixing, shown.preparing)))
    deciding = tuple(filter(None, (shown.deciding,)))
    first = (*deciding, *fixing) if shown.decides_first else fixing
    repeated = first[:1] and says_the_same(remediation.summary, first[0].text)
    return Fix(
        summary="" if repeated else remediation.summary,
        first=first,
        deciding=() if shown.decides_first else deciding,
        further=tuple(step for step in remediation.steps if all(step is not each for each in (*fixing, *deciding))),
    )


def impact_facts(report: Report) -> Iterator[Fact]:
    """Yields since when and how bad it is, as far as the run has read it."""
    impact = report.impact
    if found := failing_since(report):
        since, seconds = found
        yield Fact(label="since", text=full_time(since), detail=span_text(seconds))
    if impact.ready is not None:
        of_desired = f" of {impact.desired:,}" if impact.desired is not None else ""
        yield Fact(label="pods ready", text=f"{impact.ready:,}{of_desired}")
    if impact.waiting is not None:
        oldest = f"oldest {span_text(impact.oldest_s)}" if impact.oldest_s else ""
        yield Fact(label="tasks waiting", text=f"{impact.waiting:,}", detail=oldest)
    if impact.failed is not None and impact.ended:
        within = f"in {span_text(impact.minutes * 60)}" if impact.minutes else ""
        yield Fact(label="executions failed", text=f"{impact.failed:,} of {impact.ended:,}", detail=within)
    if impact.queues and impact.waiting:
        label = "queue" if len(impact.queues) == 1 else "queues"
        yield Fact(label=label, text=one_line(listed(impact.queues, MAX_QUEUES)))


def cause_facts(cause: Cause) -> Iterator[Fact]:
    """Yields who owns the object at fault and the page about it, where either is known."""
    if cause.owner:
        yield Fact(label="owner", text=one_line(cause.owner))
    if cause.runbook:
        yield Fact(label="runbook", text=cause.runbook.partition("://")[2] or cause.runbook, link=cause.runbook)


def rows(report: Report, limits: Limits) -> Limited[CheckRow]:
    """Returns as many outcomes as the limit allows, in the order of the run; the worst take precedence."""
    numbered = tuple(CheckRow(outcome=outcome, anchor=f"check-{at}") for at, outcome in enumerate(report.outcomes, 1))
    worst_first = sorted(numbered, key=_badness)
    shown_rows = limited(worst_first, limits.checks)
    names = {row.anchor for row in shown_rows.shown}
    return Limited(tuple(row for row in numbered if row.anchor in names), shown_rows.omitted)


def topics(shown: Iterable[CheckRow]) -> tuple[Topic, ...]:
    """Groups the checks by topic, in the order of the run; within a topic the worst come first."""
    of: dict[str, list[CheckRow]] = {}
    for row in shown:
        of.setdefault(row.outcome.check.partition(".")[0], []).append(row)
    return tuple(
        Topic(
            name=TOPICS.get(topic, topic.replace("-", " ").capitalize()),
            anchor=f"topic-{at}",
            rows=tuple(sorted(its, key=_badness)),
        )
        for at, (topic, its) in enumerate(of.items(), 1)
    )


def counted(outcomes: Iterable[Outcome]) -> tuple[tuple[Status, int], ...]:
    """Returns the number of outcomes by status, the worst first."""
    many = Counter(outcome.status for outcome in outcomes)
    return tuple((status, many[status]) for status in _WORST_FIRST if many[status])


def affected_pods(report: Report, weight: Mapping[str, int]) -> Mapping[str, Iterable[str]]:
    """Returns the codes of the target's pods and of all that a finding names, those with the worst findings first."""
    # The keys of a mapping are unique and keep their order.
    codes: dict[str, dict[str, None]] = {pod: {} for pod in report.target.pods}
    for outcome in report.outcomes:
        for finding in outcome.findings:
            for pod in finding.pods:
                codes.setdefault(pod, {})[finding.code] = None
    return {pod: tuple(codes[pod]) for pod in sorted(codes, key=lambda pod: -weight.get(pod, 0))}


def weights(report: Report) -> Mapping[str, int]:
    """Returns a sort key by pod from the severities of its findings; pods without a finding are missing."""
    heavy: Counter[str] = Counter()
    for outcome in report.outcomes:
        for finding in outcome.findings:
            heavy.update(dict.fromkeys(finding.pods, _WEIGHT[finding.severity]))
    return heavy


def _badness(row: CheckRow) -> int:
    return _WORST_FIRST.index(row.outcome.status)
