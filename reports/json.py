"""The report for programs; its schema is `report.schema.json`, and keys are only added within a major version."""

from typing import Any

import msgspec

from diagnose.model import Cause, Finding, Outcome, Report, Status
from reports import Options

SCHEMA_VERSION = "1.0"


def render(report: Report, options: Options) -> str:  # noqa: ARG001 - the same for everybody
    """The report as JSON."""
    return msgspec.json.format(msgspec.json.encode(as_plain(report)), indent=2).decode()


def as_plain(report: Report) -> dict[str, Any]:
    """The report as plain data with the keys of the schema."""
    target = report.target
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "diagnose", "version": report.tool_version},
        "started_at": report.started_at,
        "duration_s": report.duration_s,
        "complete": report.complete,
        "target": {
            "context": target.context,
            "namespace": target.namespace,
            "profile": target.profile,
            "workload": {"kind": target.workload_kind, "name": target.workload_name},
            "pods": target.pods,
            "release": target.release,
        },
        "verdict": report.verdict,
        "exit_code": int(report.exit_code),
        "counts": {status.value: report.count(status) for status in Status},
        "causes": [_cause(cause) for cause in report.causes],
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "usage": msgspec.to_builtins(report.usage),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {**_finding(cause.finding), "check": cause.check, "explains": cause.explains}


def _finding(finding: Finding) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(finding)
    return plain


def _outcome(outcome: Outcome) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(outcome)
    return plain
