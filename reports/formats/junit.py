"""The report as JUnit XML for CI servers: one suite per topic, one test case per check, the cause first.

The elements are those of the schema junit-10.xsd of Jenkins' xunit plugin. A failed check is a failure, an unknown one
is an error, a skipped one is skipped with its reason; a warning passes with its text as output.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from diagnose.model.report import Evidence, Finding, Outcome, Report, Status
from diagnose.text.characters import one_line
from reports import Options
from reports.text import order
from reports.text.ci_markers import in_xml
from reports.text.gate import changes, excused, terms, unmet
from reports.text.phrases import (
    evidence_text,
    headline,
    muted,
    partial_run,
    plain,
    state_text,
    step_lines,
    target_name,
    verdict_text,
)

_LONGEST = 4_000


def render(report: Report, options: Options) -> str:
    """Renders the report as XML; with `ascii`, other characters become character references."""
    root = _element("testsuites", name="diagnose", time=_seconds(report.duration_s))
    topics: dict[str, list[Outcome]] = {}
    for outcome in order.outcomes(report):
        topics.setdefault(outcome.check.partition(".")[0], []).append(outcome)
    for topic, outcomes in topics.items():
        root.append(_suite(topic, outcomes, report))
    root.append(_run(report))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    Xml.indent(root)
    encoding = "us-ascii" if options.ascii else "utf-8"
    return f"{in_xml(Xml.tostring(root, encoding=encoding, xml_declaration=True).decode(encoding))}\n"


def _suite(topic: str, outcomes: list[Outcome], report: Report) -> Xml.Element:
    count = {status: sum(outcome.status is status for outcome in outcomes) for status in Status}
    known = len(excused(report) & {outcome.check for outcome in outcomes})
    suite = _element(
        "testsuite",
        name=topic,
        tests=str(len(outcomes)),
        failures=str(count[Status.FAIL] - known),
        errors=str(count[Status.UNKNOWN]),
        skipped=str(count[Status.SKIP] + known),
        time=_seconds(sum(outcome.duration_s for outcome in outcomes)),
        timestamp=f"{report.started_at:%Y-%m-%dT%H:%M:%S}",
    )
    suite.append(_properties(report))
    suite.extend(_case(outcome, report) for outcome in outcomes)
    return suite


def _run(report: Report) -> Xml.Element:
    """Returns the suite of the run itself, in which an incomplete run or an unmet requirement is an error."""
    is_complete = report.complete and not report.interrupted and report.outcomes
    incomplete = "" if is_complete else f"The run is incomplete: {verdict_text(report)}"
    cases = [_case_of_run("run-complete", "incomplete", incomplete, list(muted(report)))]
    closing = " ".join(unmet(report))
    remarks = [*terms(report), *(f"{word}: {each.code}: {one_line(each.summary)}" for word, each in changes(report))]
    if closing or remarks:
        cases.append(_case_of_run("gate-terms", "terms", closing, remarks))
    errors = sum(case.find("error") is not None for case in cases)
    suite = _element("testsuite", name="diagnose", tests=str(len(cases)), failures="0", errors=str(errors), skipped="0")
    suite.append(_properties(report))
    suite.extend(cases)
    return suite


def _case_of_run(name: str, error: str, problem: str, remarks: list[str]) -> Xml.Element:
    case = _element("testcase", name=name, classname="diagnose")
    if problem:
        case.append(_element("error", type=error, message=problem))
    if remarks:
        Xml.SubElement(case, "system-out").text = plain("\n".join(remarks))
    return case


def _properties(report: Report) -> Xml.Element:
    target = report.target
    values = {
        "target": target_name(report),
        "context": target.context,
        "profile": target.profile,
        "pods": str(len(target.pods)),
        "verdict": report.verdict.value,
        "headline": headline(report)[1],
        **({"selection": partial_run(report)} if report.selection else {}),
        "exit_code": str(int(report.exit_code)),
        "tool_version": report.tool_version,
        **{f"release.{key}": value for key, value in target.release.items()},
        **{f"workload.{each.reference}": f"{each.verdict.value}: {state_text(each)}" for each in report.workloads},
    }
    properties = Xml.Element("properties")
    properties.extend(_element("property", name=name, value=value) for name, value in values.items())
    return properties


def _case(outcome: Outcome, report: Report) -> Xml.Element:
    classname = f"diagnose.{outcome.check.partition('.')[0]}"
    case = _element("testcase", name=outcome.check, classname=classname, time=_seconds(outcome.duration_s))
    case.extend(_ends(outcome, report))
    output = _output(outcome, report)
    if output:
        Xml.SubElement(case, "system-out").text = output
    return case


def _ends(outcome: Outcome, report: Report) -> Iterator[Xml.Element]:
    match outcome.status:
        case Status.FAIL if outcome.check in excused(report):
            yield _element("skipped", type="known", message=f"failed before, too: {outcome.findings[0].summary}")
        case Status.FAIL:
            first, *others = outcome.findings
            more = f" (and {len(others)} more)" if others else ""
            failure = _element("failure", type=first.code, message=f"{first.summary}{more}")
            failure.text = _details(outcome, report)
            yield failure
        case Status.UNKNOWN:
            error = _element("error", type="unknown", message=outcome.reason)
            error.text = _details(outcome, report) or plain(outcome.reason)
            yield error
        case Status.SKIP:
            yield _element("skipped", type="skip", message=outcome.reason)
        case Status.PASS | Status.WARN:
            pass


def _output(outcome: Outcome, report: Report) -> str:
    """Returns the output of a case: warnings, remarks, muted findings."""
    lines = []
    if outcome.status is Status.WARN or outcome.check in excused(report):
        lines.append(_details(outcome, report))
    elif outcome.status is Status.PASS and outcome.reason:
        lines.append(one_line(outcome.reason))
    lines += [f"muted: {each.finding.code}: {each.finding.summary}" for each in outcome.muted]
    return plain("\n".join(lines))


def _details(outcome: Outcome, report: Report) -> str:
    lines = [f"Failed: {one_line(outcome.title)}"] if outcome.status is Status.FAIL else []
    lines += [f"follows from {', '.join(outcome.explained_by)}"] if outcome.explained_by else []
    if outcome.findings and outcome.reason:
        lines.append(one_line(outcome.reason))
    lines += [line for finding in outcome.findings for line in _finding(finding, report)]
    return plain("\n".join(lines))


def _finding(finding: Finding, report: Report) -> Iterator[str]:
    yield f"{finding.code}: {one_line(finding.summary)}"
    if finding.subjects:
        yield f"about: {one_line(', '.join(finding.subjects[:20]))}"
    yield from (line for evidence in finding.evidence[:3] for line in _evidence(evidence, report))
    yield f"fix: {one_line(finding.remediation.summary)}"
    yield from step_lines(finding.remediation.steps)


def _evidence(evidence: Evidence, report: Report) -> Iterator[str]:
    yield f"evidence: {evidence_text(evidence, report)}"
    text = plain(evidence.text).strip("\n")
    mark = f" … ({len(text) - _LONGEST:,} characters truncated)" if len(text) > _LONGEST else ""
    yield from (f"  | {line}" for line in f"{text[:_LONGEST]}{mark}".split("\n") if text)


def _element(tag: str, **attributes: str) -> Xml.Element:
    return Xml.Element(tag, {name: one_line(value) for name, value in attributes.items()})


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
