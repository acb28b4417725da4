"""The order of results: the causes as the console shows them, then what else is not right, then the rest."""

from diagnose.model.report import Finding, Outcome, Report, Status

_RANK = {Status.FAIL: 0, Status.UNKNOWN: 1, Status.WARN: 2}


def outcomes(report: Report) -> list[Outcome]:
    """Returns the outcomes: those with a cause in the order of the causes, then the others, the worst first."""
    places = {cause.check: place for place, cause in reversed(list(enumerate(report.causes)))}
    last = len(report.causes)
    return sorted(report.outcomes, key=lambda each: (places.get(each.check, last), _RANK.get(each.status, 3)))


def findings(report: Report) -> list[tuple[Outcome, Finding]]:
    """Returns the findings that are not muted, those that are causes first."""
    places = {(cause.check, cause.finding): place for place, cause in enumerate(report.causes)}
    found = [(outcome, finding) for outcome in outcomes(report) for finding in outcome.findings]
    return sorted(found, key=lambda each: places.get((each[0].check, each[1]), len(places)))
