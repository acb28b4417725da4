"""The report as metrics in Prometheus' text format, for the textfile collector of the node exporter or a push gateway.

No label says a pod's name or a sentence, so a target has as many series as it has checks, whatever happens to it. Why
something could not be told stands in comments, which Prometheus does not read.
(https://prometheus.io/docs/instrumenting/exposition_formats/)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.model.report import Report, Status, Verdict
from reports import Options
from reports.text.phrases import in_ascii, one_line, unanswered


@dataclass(frozen=True)
class _Metric:
    """A gauge: its name, what it means, and its values, each with labels of its own."""

    name: str
    meaning: str
    values: tuple[tuple[dict[str, str], float], ...]


def render(report: Report, options: Options) -> str:
    """The report as gauges; with `ascii`, everything else is written as an escape."""
    text = "\n".join(_lines(report))
    return f"{in_ascii(text) if options.ascii else text}\n"


def _lines(report: Report) -> Iterator[str]:
    target = report.target
    of_target = {"context": target.context, "namespace": target.namespace, "workload": target.workload_name}
    for metric in _metrics(report):
        yield f"# HELP {metric.name} {metric.meaning}"
        yield f"# TYPE {metric.name} gauge"
        for labels, value in metric.values:
            shown = ",".join(f'{name}="{_escaped(text)}"' for name, text in (of_target | labels).items())
            yield f"{metric.name}{{{shown}}} {_number(value)}"
    for reason, checks in unanswered(report).items():
        yield f"# could not look: {', '.join(checks)}: {reason}"


def _metrics(report: Report) -> Iterator[_Metric]:
    def one(name: str, meaning: str, value: float) -> _Metric:
        return _Metric(name, meaning, (({}, value),))

    yield _Metric(
        "diagnose_verdict",
        "1 for the verdict of the last run, 0 for the other verdicts.",
        tuple(({"verdict": each.value}, float(each is report.verdict)) for each in Verdict),
    )
    yield one("diagnose_exit_code", "0 open, 1 failed, 3 incomplete, 4 warned, 130 interrupted.", report.exit_code)
    yield one("diagnose_complete", "1 if the run came to its end.", report.complete)
    yield one(
        "diagnose_started_timestamp_seconds", "When the run started, in Unix time.", report.started_at.timestamp()
    )
    yield one("diagnose_duration_seconds", "How long the run took.", report.duration_s)
    yield one("diagnose_pods", "How many pods were examined.", len(report.target.pods))
    yield _Metric(
        "diagnose_outcomes",
        "How many checks ended so.",
        tuple(({"status": status.value}, float(report.count(status))) for status in Status),
    )
    yield one("diagnose_muted_findings", "How many findings are muted.", len(report.muted))
    yield _Metric(
        "diagnose_check_outcome",
        "1, with how the check ended as its status.",
        tuple(({"check": outcome.check, "status": outcome.status.value}, 1.0) for outcome in report.outcomes),
    )
    yield _Metric("diagnose_cause_info", "1 for each cause; the root cause says so.", tuple(_causes(report)))


def _causes(report: Report) -> Iterator[tuple[dict[str, str], float]]:
    told = set()
    for place, cause in enumerate(report.causes):
        finding = cause.finding
        # The same code may be a cause twice, of two objects; a series must not.
        if (cause.check, finding.code) not in told:
            told.add((cause.check, finding.code))
            labels = {"check": cause.check, "code": finding.code, "severity": finding.severity.value}
            yield labels | {"root": "false" if place else "true"}, 1.0


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
