"""The report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for tools that collect findings.

A location is a Kubernetes object (`logicalLocations`) rather than a line of a file. GitHub requires a file, so the
object's name is also given as a path.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from diagnose.model.comparison import is_cause
from diagnose.model.report import Finding, Mute, Outcome, Report, Severity, Status
from diagnose.text.characters import one_line
from reports import Options
from reports.formats.json import dumped
from reports.text import order
from reports.text.gate import terms, unmet
from reports.text.locations import Location, fingerprints, objects
from reports.text.markdown_escape import code, numbered_steps, prose
from reports.text.phrases import headline, partial_run, step_lines, target_name

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_Found = tuple[Outcome, Finding, Mute | None]


def render(report: Report, options: Options) -> str:
    """Renders the report as one SARIF run; with `ascii`, other characters become escapes."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return dumped(log, options)


def _run(report: Report) -> dict[str, Any]:
    found: list[_Found] = [
        *((outcome, finding, None) for outcome, finding in order.findings(report)),
        *((outcome, each.finding, each.mute) for outcome in report.outcomes for each in outcome.muted),
    ]
    # The first finding of a code describes its rule.
    speakers = {finding.code: (outcome, finding) for outcome, finding, _ in reversed(found)}
    rules = {code_: place_ for place_, code_ in enumerate(dict.fromkeys(finding.code for _, finding, _ in found))}
    prints = fingerprints([finding for _, finding, _ in found], report)
    return {
        "tool": {
            "driver": {
                "name": "diagnose",
                "version": one_line(report.tool_version),
                "rules": [_rule(*speakers[code_]) for code_ in rules],
            }
        },
        "automationDetails": {"id": f"diagnose/{target_name(report) or 'target'}/"},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, rules[each[1].code], print_, report) for each, print_ in zip(found, prints, strict=True)
        ],
        "properties": {
            "verdict": report.verdict.value,
            "headline": headline(report)[1],
            **({"selection": partial_run(report)} if report.selection else {}),
            "complete": report.complete,
            "context": one_line(report.target.context),
            "pods": len(report.target.pods),
            **({"gate": requirements} if (requirements := list(terms(report))) else {}),
            "counts": {status.value: report.count(status) for status in Status},
        },
    }


def _rule(outcome: Outcome, finding: Finding) -> dict[str, Any]:
    # The help of a rule has no placeholders, so its braces stay single and its commands can be copied.
    remediation = finding.remediation
    text = [one_line(remediation.summary), *step_lines(remediation.steps)]
    markdown = [prose(remediation.summary), *map(str.rstrip, numbered_steps(remediation.steps))]
    rule: dict[str, Any] = {
        "id": finding.code,
        "shortDescription": {"text": _message(f"Failed: {outcome.title}")},
        "fullDescription": {"text": _message(f"Reported by the check {outcome.check}: {outcome.title}")},
        "help": {"text": "\n".join(text), "markdown": "\n\n".join(markdown)},
        "defaultConfiguration": {"level": _LEVEL[finding.severity]},
        "properties": {"check": outcome.check, "tags": [outcome.check.partition(".")[0]]},
    }
    if remediation.docs.startswith("https://") and remediation.docs.isascii():
        rule["helpUri"] = remediation.docs
    return rule


def _result(found: _Found, rule: int, print_: str, report: Report) -> dict[str, Any]:
    outcome, finding, mute = found
    follows = f" It follows from {', '.join(outcome.explained_by)}." if outcome.explained_by else ""
    codes = ", ".join(code(each) for each in outcome.explained_by)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "kind": "fail",
        "level": _LEVEL[finding.severity],
        "message": {
            "text": _message(f"{finding.summary}{follows}"),
            "markdown": _braces(f"{prose(finding.summary)}{follows and f' It follows from {codes}.'}"),
        },
        "locations": [_location(each) for each in objects(finding, report)],
        # GitHub uses only the second one.
        "partialFingerprints": {"diagnoseFinding/v1": print_, "primaryLocationLineHash": f"{print_[:16]}:1"},
        "properties": {
            "check": outcome.check,
            "cause": is_cause(report, outcome.check, finding),
            "confidence": finding.confidence.value,
            "alternatives": list(finding.alternative_codes),
            "pods": len(finding.pods),
        },
    }
    if mute:
        why = f"{one_line(mute.reason)} (until {mute.until})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _location(about: Location) -> dict[str, Any]:
    return {
        "physicalLocation": {"artifactLocation": {"uri": about.path}, "region": {"startLine": 1}},
        "logicalLocations": [{"name": about.name, "fullyQualifiedName": about.whole, "kind": about.kind}],
    }


def _invocation(report: Report) -> dict[str, Any]:
    unknown = [outcome for outcome in report.outcomes if outcome.status is Status.UNKNOWN]
    notes = [_note(outcome.reason, outcome.check) for outcome in unknown]
    if not report.complete or not report.outcomes:
        notes.insert(0, _note("The run was not completed, so findings may be missing.", "run.complete"))
    successful = not notes
    notes += [_note(requirements, "gate.terms") for requirements in unmet(report)]
    return {
        "executionSuccessful": successful,
        "exitCode": int(report.exit_code),
        "startTimeUtc": _utc(report.started_at),
        "endTimeUtc": _utc(report.started_at + timedelta(seconds=report.duration_s)),
        "toolExecutionNotifications": notes,
    }


def _note(reason: str, descriptor: str) -> dict[str, Any]:
    return {"level": "error", "message": {"text": _message(reason)}, "descriptor": {"id": descriptor}}


def _utc(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _message(text: str) -> str:
    """Escapes a plain text message (§3.11): braces would be placeholders, and [text](address) would be a link."""
    return _braces(one_line(text).replace("](", "] ("))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
