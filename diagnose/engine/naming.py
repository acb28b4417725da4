"""Sentences about workloads that are no Temporal workers: "the worker" is named by what it is.

Texts of a cluster are not changed: a sentence stays as it is where its evidence has the same words.
"""

from msgspec.structs import replace

from diagnose.model.report import Finding, Outcome, Remediation, Report, Step
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

WORKER = lazy(r"\b[Tt]he workers?(?P<of>'s?)?(?!\w)")


def named(text: str, label: str) -> str:
    """Returns a text that names the workload: "the worker's log" as "Deployment web's log"."""
    return WORKER.sub(lambda found: f"{label}'s" if found["of"] else label, text)


def of_workload(outcome: Outcome, label: str) -> Outcome:
    """Returns an outcome whose sentences name the workload; its title stays, which several workloads share."""
    findings = tuple(_finding(each, label) for each in outcome.findings)
    return replace(outcome, reason=named(outcome.reason, label), findings=findings)


def titled(report: Report) -> Report:
    """Returns the report of generic workloads with titles of checks that name them."""
    label = report.target.label
    return replace(report, outcomes=tuple(replace(each, title=named(each.title, label)) for each in report.outcomes))


def _finding(finding: Finding, label: str) -> Finding:
    quoted = any(WORKER.search(each.text) for each in finding.evidence)
    remediation = finding.remediation
    return replace(
        finding,
        summary=finding.summary if quoted else truncate(named(finding.summary, label)),
        alternatives=tuple(named(each, label) for each in finding.alternatives),
        proof=named(finding.proof, label),
        remediation=Remediation(
            summary=named(remediation.summary, label),
            steps=tuple(_step(each, label) for each in remediation.steps),
            docs=remediation.docs,
        ),
    )


def _step(step: Step, label: str) -> Step:
    return replace(step, text=named(step.text, label))
