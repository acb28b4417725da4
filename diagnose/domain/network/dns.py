"""What is seen of the cluster's DNS: its endpoints, and lookups from inside pods."""

import ipaddress

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.queries.query import NoAnswerError
from diagnose.resources import EndpointSlice

SLICES = kubectl.endpoints("kube-dns", namespace="kube-system")


def endpoints(ctx: Context, *, needed: bool) -> Evidence | None:
    """How many DNS endpoints are ready; None where they cannot be seen or are called otherwise."""
    try:
        slices = [each for each in ctx.list(EndpointSlice, "kube-system") if each.service == "kube-dns"]
    except NoAnswerError:
        if needed:
            raise
        return None
    found = [endpoint for each in slices for endpoint in each.endpoints or ()]
    ready = sum(endpoint.conditions.ready is not False for endpoint in found)
    told = f"{ready} of {len(found)} endpoints ready"
    return ctx.record_evidence("service kube-system/kube-dns", told, command=SLICES) if slices else None


def lookups(ctx: Context) -> dict[str, bool]:
    """For each pod that looked names up, whether any lookup was answered, "no such name" included."""
    try:
        surveys = ctx.surveys()
    except NoAnswerError:
        return {}
    found = {each.pod.name: [one for one in each.answer.connections if tells(one)] for each in surveys}
    for pod, tried in found.items():
        if tried and all(one.state is ConnectionState.NAME_UNRESOLVED for one in tried):
            ctx.record_evidence(
                f"pod {pod}", f"lookup of {tried[0].host}: {tried[0].detail or 'no answer'}", Vantage.POD
            )
    return {
        pod: any(one.state is not ConnectionState.NAME_UNRESOLVED for one in tried)
        for pod, tried in found.items()
        if tried
    }


def tells(tried: Connection) -> bool:
    """Whether it is known how its lookup ended: what timed out at no address may have waited for DNS."""
    return is_lookup(tried) and (tried.state is not ConnectionState.TIMED_OUT or bool(tried.address))


def is_lookup(tried: Connection) -> bool:
    """Whether DNS was asked for it."""
    try:
        ipaddress.ip_address(tried.host)
    except ValueError:
        return tried.state is not ConnectionState.NO_TOOL and tried.host != "localhost"
    return False


def is_answered_badly(ctx: Context) -> bool:
    """Whether DNS answers, and not with an address: node says EAI_AGAIN at once, and Go "server misbehaving"."""
    if any("server misbehaving" in match.text for match in ctx.matches("network.dns-answers")):
        return True
    try:
        surveys = ctx.surveys()
    except NoAnswerError:
        return False
    tried = [one for each in surveys for one in each.answer.connections if is_lookup(one)]
    return any(one.state is ConnectionState.NAME_UNRESOLVED and one.detail.startswith("EAI_") for one in tried)
