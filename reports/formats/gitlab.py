"""The report as a GitLab code quality report: a list of issues.

(https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format) GitLab compares the fingerprints of two
runs to show new and fixed issues, so they do not depend on the names of pods.
"""

from collections.abc import Iterator
from typing import Any

from diagnose.model.comparison import is_cause
from diagnose.model.report import Report, Severity, Status
from diagnose.text.characters import one_line
from reports import Options
from reports.formats.json import dumped
from reports.text import order
from reports.text.gate import unmet
from reports.text.locations import fingerprint, fingerprints, objects, workload
from reports.text.phrases import partial_run


def render(report: Report, options: Options) -> str:
    """Renders the report as a list of issues, causes first; with `ascii`, other characters become escapes."""
    return dumped(list(_issues(report)), options)


def _issues(report: Report) -> Iterator[dict[str, Any]]:
    found = order.findings(report)
    prints = fingerprints([finding for _, finding in found], report)
    for index, ((outcome, finding), print_) in enumerate(zip(found, prints, strict=True)):
        severity = _severity(finding.severity, cause=is_cause(report, outcome.check, finding), root=not index)
        where = objects(finding, report)[0].path
        follows = f"; follows from {', '.join(outcome.explained_by)}" if outcome.explained_by else ""
        yield _issue(f"{finding.summary} ({outcome.check}{follows})", finding.code, print_, severity, where)
    here = workload(report).path
    for outcome in report.outcomes:
        if outcome.status is Status.UNKNOWN:
            print_ = fingerprint(report, outcome.check, "unknown")
            description = f"{outcome.check} is unknown: {outcome.reason}"
            yield _issue(description, f"{outcome.check}.unknown", print_, "major", here)
    for sentence in unmet(report):
        yield _issue(sentence, "gate.terms", fingerprint(report, "gate", sentence), "major", here)
    if partly := partial_run(report):
        yield _issue(partly, "run.partial", fingerprint(report, "partial"), "info", here)
    if not report.complete or not report.outcomes:
        print_ = fingerprint(report, "incomplete")
        yield _issue("The run was not completed; its verdict is unknown.", "run.incomplete", print_, "major", here)


def _severity(severity: Severity, *, cause: bool, root: bool) -> str:
    match severity:
        case Severity.CRITICAL:
            return "blocker" if cause and root else "critical" if cause else "major"
        case Severity.WARNING:
            return "minor"
        case Severity.INFO:
            return "info"


def _issue(description: str, name: str, print_: str, severity: str, where: str) -> dict[str, Any]:
    return {
        "description": one_line(description),
        "check_name": name,
        "fingerprint": print_,
        "severity": severity,
        "location": {"path": where, "lines": {"begin": 1}},
    }
