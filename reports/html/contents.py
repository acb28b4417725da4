"""What the page for a browser shows of the checks and pods, and in which order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diagnose.model.report import Outcome, Report, Severity, Status
from reports.html.limits import Cut, Limits, cut

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
class Row:
    """An outcome, and the name by which the page's links find it."""

    outcome: Outcome
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Topic:
    """The checks of one topic; `troubled` where one of them did not end well."""

    name: str
    anchor: str
    rows: tuple[Row, ...]

    @property
    def troubled(self) -> bool:
        """Whether a reader wants to see it without asking."""
        return any(row.outcome.status in {Status.FAIL, Status.UNKNOWN, Status.WARN} for row in self.rows)

    @property
    def counts(self) -> tuple[tuple[Status, int], ...]:
        """How many ended how, the worst first."""
        many = Counter(row.outcome.status for row in self.rows)
        return tuple((status, many[status]) for status in _WORST_FIRST if many[status])


@dataclass(frozen=True, kw_only=True)
class Sufferer:
    """A pod of the target, and the codes of the findings that name it."""

    pod: str
    codes: tuple[str, ...]


def rows(report: Report, limits: Limits) -> Cut[Row]:
    """As many outcomes as have room, in the order of the run; where some have none, the worst have it."""
    numbered = tuple(Row(outcome=outcome, anchor=f"check-{at}") for at, outcome in enumerate(report.outcomes, 1))
    worst_first = sorted(numbered, key=_badness)
    kept = cut(worst_first, limits.checks)
    names = {row.anchor for row in kept.shown}
    return Cut(tuple(row for row in numbered if row.anchor in names), kept.left)


def topics(shown: Iterable[Row]) -> tuple[Topic, ...]:
    """The checks by topic, in the order of the run; within a topic the worst come first."""
    of: dict[str, list[Row]] = {}
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


def sufferers(report: Report, weight: Mapping[str, int]) -> tuple[Sufferer, ...]:
    """All pods that are the target's or that a finding names, those with the worst findings first."""
    codes: dict[str, list[str]] = {pod: [] for pod in report.target.pods}
    for outcome in report.outcomes:
        for finding in outcome.findings:
            for pod in finding.pods:
                codes.setdefault(pod, []).append(finding.code)
    worst_first = sorted(codes, key=lambda pod: -weight.get(pod, 0))
    return tuple(Sufferer(pod=pod, codes=tuple(dict.fromkeys(codes[pod]))) for pod in worst_first)


def weights(report: Report) -> Mapping[str, int]:
    """How much each pod suffers, as a number to sort by; a pod that no finding names is not in it."""
    heavy: Counter[str] = Counter()
    for outcome in report.outcomes:
        for finding in outcome.findings:
            heavy.update(dict.fromkeys(finding.pods, _WEIGHT[finding.severity]))
    return heavy


def _badness(row: Row) -> int:
    return _WORST_FIRST.index(row.outcome.status)
