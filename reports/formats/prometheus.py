"""The report as metrics in Prometheus' text format, for the node exporter's textfile collector or a Pushgateway.

No label has a pod's name or a sentence as its value, so the number of series of a target is bounded by its checks. The
reasons of unknown checks are in comments, which Prometheus ignores.
(https://prometheus.io/docs/instrumenting/exposition_formats/)
"""

from collections.abc import Iterable, Iterator

from diagnose.model.report import Report, State, Status, Verdict
from diagnose.text.characters import one_line
from reports import Options
from reports.text.ci_markers import within_line
from reports.text.phrases import encoded, unknown_checks

_Labelled = Iterable[tuple[dict[str, str], float]]


def render(report: Report, options: Options) -> str:
    """Renders the report as gauges; with `ascii`, other characters become escapes."""
    text = within_line("\n".join(_lines(report)))
    return f"{encoded(text, in_ascii=options.ascii)}\n"


def _lines(report: Report) -> Iterator[str]:
    target = report.target
    of_target = {"context": target.context, "namespace": target.namespace, "workload": target.workload_name}
    for name, meaning, values in _metrics(report):
        yield f"# HELP {name} {meaning}"
        yield f"# TYPE {name} gauge"
        for labels, value in values if isinstance(values, Iterable) else [({}, values)]:
            shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in (of_target | labels).items())
            yield f"{name}{{{shown}}} {_number(value)}"
    for reason, checks in unknown_checks(report).items():
        yield f"# unknown: {', '.join(checks)}: {reason}"


def _metrics(report: Report) -> Iterator[tuple[str, str, float | _Labelled]]:
    """Yields the name, the help text and the value of each gauge, or its values by labels."""
    verdicts = [({"verdict": each.value}, float(each is report.verdict)) for each in Verdict]
    yield "diagnose_verdict", "1 for the verdict of the last run, 0 for the other verdicts.", verdicts
    states = [({"state": each.value}, float(each is report.state)) for each in State]
    yield "diagnose_state", "1 for what is done of the work: none, some, all at risk, all, or unknown.", states
    if report.since:
        since = report.since.timestamp()
        yield "diagnose_failing_since_timestamp_seconds", "The first moment of the failure, in Unix time.", since
    yield "diagnose_exit_code", "0 open, 1 failed, 3 incomplete, 4 warned, 130 interrupted.", report.exit_code
    yield (
        "diagnose_partial",
        "1 if only a part of the checks was selected, which is no verdict.",
        bool(report.selection),
    )
    yield "diagnose_complete", "1 if the run was completed.", report.complete
    started = report.started_at.timestamp()
    yield "diagnose_started_timestamp_seconds", "When the run started, in Unix time.", started
    yield "diagnose_duration_seconds", "Duration of the run.", report.duration_s
    yield "diagnose_pods", "Number of pods of the target.", len(report.target.pods)
    counts = [({"status": status.value}, float(report.count(status))) for status in Status]
    yield "diagnose_outcomes", "Number of checks by status.", counts
    yield "diagnose_muted_findings", "Number of muted findings.", len(report.muted)
    workloads = [
        ({"kind": each.kind, "name": each.name, "verdict": each.verdict.value, "state": each.state.value}, 1.0)
        for each in report.workloads
    ]
    if workloads:
        yield (
            "diagnose_workload_info",
            "1 for each workload of a run about several, with its verdict and state.",
            workloads,
        )
    checks = [({"check": each.check, "status": each.status.value}, 1.0) for each in report.outcomes]
    yield "diagnose_check_outcome", "1, with the status of the check as a label.", checks
    yield "diagnose_cause_info", "1 for each cause; root is true for the root cause.", _causes(report)


def _causes(report: Report) -> Iterator[tuple[dict[str, str], float]]:
    reported = set()
    for index, cause in enumerate(report.causes):
        finding = cause.finding
        # The same code may be a cause twice, for two objects; a series must be unique.
        if (cause.check, finding.code) not in reported:
            reported.add((cause.check, finding.code))
            labels = {"check": cause.check, "code": finding.code, "severity": finding.severity.value}
            yield labels | {"root": "false" if index else "true"}, 1.0


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
