"""The checks and pods on the HTML page, and their order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diagnose.model.report import Outcome, Remediation, Report, Severity, Status, Step
from reports.html.limits import Limited, Limits, limited

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


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """An outcome with its anchor on the page."""

    outcome: Outcome
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Topic:
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


@dataclass(frozen=True, kw_only=True)
class Fix:
    """The steps of a fix: those that are shown at once, and the further ones."""

    first: tuple[Step, ...]
    further: tuple[Step, ...]


def fix(remediation: Remediation) -> Fix:
    """Returns the steps up to the first that changes something, if it is among the first two, and the further ones."""
    steps = remediation.steps
    shown = 2 if len(steps) > 1 and not steps[0].changes and steps[1].changes else 1
    return Fix(first=steps[:shown], further=steps[shown:])


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
