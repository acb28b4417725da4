"""Steps and evidence with commands for the cluster that was diagnosed, where the user named it."""

from msgspec.structs import replace

from diagnose.commands.named_cluster import CURRENT, NamedCluster
from diagnose.model.report import Evidence, Finding, Outcome, Report


def for_cluster(report: Report, cluster: NamedCluster) -> Report:
    """Returns the report with commands that reach the cluster, whatever the current context is."""
    if cluster == CURRENT:
        return report
    return replace(
        report,
        outcomes=tuple(_outcome(each, cluster) for each in report.outcomes),
        causes=tuple(replace(each, finding=_finding(each.finding, cluster)) for each in report.causes),
        again=cluster.reach(report.again),
    )


def _outcome(outcome: Outcome, cluster: NamedCluster) -> Outcome:
    return replace(
        outcome,
        findings=tuple(_finding(each, cluster) for each in outcome.findings),
        evidence=_evidence(outcome.evidence, cluster),
        muted=tuple(replace(each, finding=_finding(each.finding, cluster)) for each in outcome.muted),
    )


def _finding(finding: Finding, cluster: NamedCluster) -> Finding:
    steps = tuple(replace(each, command=cluster.reach(each.command)) for each in finding.remediation.steps)
    remediation = replace(finding.remediation, steps=steps)
    return replace(finding, remediation=remediation, evidence=_evidence(finding.evidence, cluster))


def _evidence(evidence: tuple[Evidence, ...], cluster: NamedCluster) -> tuple[Evidence, ...]:
    return tuple(replace(each, command=cluster.reach(each.command)) for each in evidence)
