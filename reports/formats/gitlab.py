"""The report as GitLab reads code quality: a list of what is wrong, empty where nothing is.

(https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format) GitLab compares the prints of two runs and
shows what is new and what is fixed, so they stay the same whatever the pods are called.
"""

import json
from collections.abc import Iterator
from typing import Any

from diagnose.model.comparison import is_cause
from diagnose.model.report import Report, Severity, Status
from reports import Options
from reports.text.gate import unmet
from reports.text.locations import fingerprint, fingerprints, objects, workload
from reports.text.phrases import one_line


def render(report: Report, options: Options) -> str:
    """The report as a list of issues, causes first; with `ascii`, everything else is written as an escape."""
    return f"{json.dumps(list(_issues(report)), indent=2, ensure_ascii=options.ascii)}\n"


def _issues(report: Report) -> Iterator[dict[str, Any]]:
    causes = [(cause.check, cause.finding) for cause in report.causes]
    others = [
        (outcome.check, finding)
        for outcome in report.outcomes
        for finding in outcome.findings
        if not is_cause(report, outcome.check, finding)
    ]
    prints = fingerprints([finding for _, finding in (*causes, *others)], report)
    for place, ((check, finding), print_) in enumerate(zip((*causes, *others), prints, strict=True)):
        severity = _severity(finding.severity, cause=place < len(causes), root=not place)
        where = objects(finding, report)[0].path
        yield _issue(f"{finding.summary} ({check})", finding.code, print_, severity, where)
    here = workload(report).path
    for outcome in report.outcomes:
        if outcome.status is Status.UNKNOWN:
            print_ = fingerprint(report, outcome.check, "unknown")
            yield _issue(
                f"{outcome.check} could not be told: {outcome.reason}",
                f"{outcome.check}.unknown",
                print_,
                "major",
                here,
            )
    for told in unmet(report):
        yield _issue(told, "gate.terms", fingerprint(report, "gate", told), "major", here)
    if not report.complete or not report.outcomes:
        print_ = fingerprint(report, "incomplete")
        yield _issue(
            "The run did not come to its end; its verdict is unknown.", "run.incomplete", print_, "major", here
        )


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
