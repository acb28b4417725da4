"""The report as JSON; its schema is `report.schema.json`, and keys are only added within a major version."""

import json
from typing import Any

import msgspec

from diagnose.commands.command import Command
from diagnose.model.report import Cause, Report, Status
from diagnose.text.characters import visible
from reports import Options
from reports.text.ci_markers import in_json
from reports.text.phrases import headline

SCHEMA_VERSION = "1.6"

_OF_CAUSE = ("check", "explains", "owner", "runbook")


class NotAReportError(ValueError):
    """The text is no report that this version can read; the message has the reason."""


def render(report: Report, options: Options) -> str:
    """Renders the report as JSON; with `ascii`, other characters become escapes."""
    return dumped(_as_keys(report), options)


def dumped(value: object, options: Options) -> str:
    """Serializes data and values of the model as JSON."""
    plain = _visible(msgspec.to_builtins(value, enc_hook=str))
    return f"{in_json(json.dumps(plain, indent=2, ensure_ascii=options.ascii))}\n"


def _visible(plain: Any) -> Any:
    """Returns data with the visible characters of its texts: what was read from a file may have others."""
    match plain:
        case str():
            return visible(plain)
        case dict():
            return {_visible(key): _visible(value) for key, value in plain.items()}
        case list() | tuple():
            return [_visible(each) for each in plain]
        case _:
            return plain


def read(text: str | bytes) -> Report:
    """Parses a rendered report; keys of later minor versions are ignored.

    Verdict, exit code and counts are computed from the outcomes, so a file cannot claim others.

    Raises:
        NotAReportError: the text is empty, cut off, no JSON, has another major version, or lacks a key.
    """
    if not text.strip():
        raise NotAReportError("this is no report of diagnose: it is empty")
    try:
        plain = msgspec.json.decode(text)
        _refuse_other_major(plain)
        return msgspec.convert(_as_fields(plain), Report, dec_hook=_stored)
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = "its end is missing" if "truncated" in str(error) else error
        raise NotAReportError(f"this is no report of diagnose: {why}") from error


def _stored(kind: type, value: Any) -> Command:
    """A command, which a report holds as its text."""
    if kind is not Command or not isinstance(value, str):
        raise NotImplementedError(f"{kind.__name__} cannot be read")
    return Command.stored(value)


def _as_keys(report: Report) -> dict[str, Any]:
    """Returns the report with the keys of the schema."""
    target = report.target
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "diagnose", "version": report.tool_version},
        "started_at": report.started_at,
        "duration_s": report.duration_s,
        "complete": report.complete,
        "interrupted": report.interrupted,
        "target": {
            "context": target.context,
            "namespace": target.namespace,
            "profile": target.profile,
            "workload": {"kind": target.workload_kind, "name": target.workload_name},
            "pods": target.pods,
            "release": target.release,
            "profile_reason": target.profile_reason,
            "facts": target.facts,
            "label": target.label,
            "remark": target.remark,
            "manifest": target.manifest,
        },
        "verdict": report.verdict,
        "works": report.works,
        "fail_on_warn": report.fail_on_warn,
        "exit_code": int(report.exit_code),
        "counts": {**{status.value: report.count(status) for status in Status}, "muted": len(report.muted)},
        "causes": [_cause(cause) for cause in report.causes],
        "outcomes": report.outcomes,
        "usage": report.usage,
        "expired_mutes": report.expired_mutes,
        "timeline": report.timeline,
        "required": report.required,
        "baseline": report.baseline,
        "wait": report.wait,
        "workloads": report.workloads,
        "occasion": report.occasion,
        "headline": headline(report)[1],
        "selection": report.selection,
        "state": report.state,
        "since": report.since,
        "impact": report.impact,
        "again": report.again,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    """Returns a cause with the keys of its finding on the same level."""
    finding = cause.finding
    return {
        "code": finding.code,
        "check": cause.check,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "summary": finding.summary,
        "subjects": finding.subjects,
        "pods": finding.pods,
        "explains": cause.explains,
        "alternatives": finding.alternatives,
        "alternative_codes": finding.alternative_codes,
        "proof": finding.proof,
        "evidence": finding.evidence,
        "remediation": finding.remediation,
        "work": finding.work,
        "means": finding.means,
        "owner": cause.owner,
        "runbook": cause.runbook,
    }


def _refuse_other_major(plain: dict[str, Any]) -> None:
    version = str(plain["schema_version"])
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise NotAReportError(f"the report has schema version {version}; this diagnose reads {SCHEMA_VERSION}")


def _as_fields(plain: dict[str, Any]) -> dict[str, Any]:
    """Converts the keys of the schema to the fields of the model."""
    target = plain["target"]
    return {
        **plain,
        "tool_version": plain["tool"]["version"],
        "target": {**target, "workload_kind": target["workload"]["kind"], "workload_name": target["workload"]["name"]},
        "causes": [
            {**{key: cause[key] for key in _OF_CAUSE if key in cause}, "finding": cause} for cause in plain["causes"]
        ],
    }
